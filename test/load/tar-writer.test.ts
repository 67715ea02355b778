import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { tarEnd, tarHeader, tarPadding } from '../../src/load/tar-writer.ts';
import { parseTarHeader } from '../../src/sources/archive/tar-header.ts';

test('tar(1) reads what is written, long names too', () => {
  const long = `blobs/sha512/${'f'.repeat(128)}`;
  const files = { 'manifest.json': '[]', [long]: 'x'.repeat(700), empty: '' };
  const parts = Object.entries(files).flatMap(([name, text]) => [
    tarHeader(name, text.length),
    Buffer.from(text),
    tarPadding(text.length),
  ]);
  const input = Buffer.concat([...parts, tarEnd]);
  const listed = spawnSync('tar', ['-tvf', '-'], { input, encoding: 'utf8' });
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  for (const [name, text] of Object.entries(files)) {
    expect(listed.stdout).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${text.length} .* ${name}$`, 'm'));
    expect(spawnSync('tar', ['-xOf', '-', name], { input, encoding: 'utf8' }).stdout).toBe(text);
  }
});

test.each([0o77777777777, 0o100000000000, 40 * 2 ** 40])('a size of %i', (size) => {
  expect(parseTarHeader(tarHeader('layer', size))).toEqual({ name: 'layer', type: '0', size });
});
