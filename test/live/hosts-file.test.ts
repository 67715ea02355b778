import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendToHosts, hostsAddition, hostsLine, removeFromHosts } from '../../src/live/hosts-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const line = hostsLine('127.83.70.82', ['registry.example'], 'live-1');

async function hosts(content: string): Promise<string> {
  const file = join(await temporaryFolder(), 'hosts');
  await writeFile(file, content);
  return file;
}

test.each(['127.0.0.1 localhost\n', '127.0.0.1 localhost', ''])(
  '%j is the same again afterwards, in the same file',
  async (content) => {
    const file = await hosts(content);
    const addition = await hostsAddition(file, line);
    await appendToHosts(file, addition);
    expect((await readFile(file, 'utf8')).split('\n')).toContain(line.trimEnd());
    expect(await removeFromHosts(file, addition)).toBe(true);
    expect(await readFile(file, 'utf8')).toBe(content);
    expect(await removeFromHosts(file, addition)).toBe(false);
  },
);

test('what others added meanwhile stays', async () => {
  const file = await hosts('127.0.0.1 localhost\n');
  const addition = await hostsAddition(file, line);
  await appendToHosts(file, addition);
  await appendFile(file, '10.0.0.1 db\n');
  await removeFromHosts(file, addition);
  expect(await readFile(file, 'utf8')).toBe('127.0.0.1 localhost\n10.0.0.1 db\n');
});
