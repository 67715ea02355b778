import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareRegularFile, readRegularFile } from '../../src/system/regular-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const limit = 100;

test('reads a file whole, and its stat', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, 'x'.repeat(limit));
  const found = await readRegularFile(file, { limit });
  expect(Buffer.from(found?.bytes ?? []).toString()).toBe('x'.repeat(limit));
  expect(found?.stat.size).toBe(BigInt(limit));
});

test('reads files that say they are empty and are not', async () => {
  const found = await readRegularFile('/proc/self/status', { limit: 100_000 });
  expect(Buffer.from(found?.bytes ?? []).toString()).toContain('Pid:');
  await expect(readRegularFile('/proc/self/status', { limit: 10 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
});

test('no file is undefined', async () => {
  expect(await readRegularFile(join(await temporaryFolder(), 'none'), { limit })).toBeUndefined();
});

test('one byte over the limit is refused', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, 'x'.repeat(limit + 1));
  await expect(readRegularFile(file, { limit })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: `${file} has 101 bytes; at most 100 are read`,
  });
});

describe('compared with bytes', () => {
  const bytes = Buffer.alloc(3 * 1024 * 1024, 'some bytes ');
  const other = Buffer.from(bytes);
  other[other.length - 1] = 0;

  test.each([
    ['the same', bytes, true],
    ['another last one', other, false],
    ['one less', bytes.subarray(0, -1), false],
    ['one more', Buffer.concat([bytes, Buffer.of(0)]), false],
    ['as many as are read at a time', bytes.subarray(0, 1024 * 1024), false],
    ['none', Buffer.alloc(0), false],
  ])('%s', async (_, held, isEqual) => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, held);
    const compared = await compareRegularFile(file, bytes, { limit: bytes.length + 1 });
    expect(compared).toMatchObject({ isEqual, stat: { size: BigInt(held.length) } });
    expect((await compareRegularFile(file, Buffer.alloc(0), { limit: bytes.length + 1 }))?.isEqual).toBe(
      held.length === 0,
    );
  });

  test('as it is read: nothing for no file, no link, not over the limit', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'bytes');
    await symlink('file', join(folder, 'link'));
    const compare = (name: string, most = limit) =>
      compareRegularFile(join(folder, name), Buffer.from('bytes'), { limit: most });
    expect(await compare('none')).toBeUndefined();
    await expect(compare('link')).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' });
    await expect(compare('file', 4)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});

describe('what is no regular file is refused and named', () => {
  test('a symbolic link, also a dangling one', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'bytes');
    await symlink('file', join(folder, 'link'));
    await symlink('nowhere', join(folder, 'dangling'));
    for (const name of ['link', 'dangling']) {
      await expect(readRegularFile(join(folder, name), { limit })).rejects.toMatchObject({
        code: 'NOT_A_REGULAR_FILE',
        message: `${join(folder, name)} is a symbolic link, not a regular file`,
        hint: expect.stringContaining('put the file itself'),
      });
    }
    const followed = await readRegularFile(join(folder, 'link'), { limit, followLink: true });
    expect(followed?.bytes.length).toBe(5);
  });

  test('a directory', async () => {
    const folder = join(await temporaryFolder(), 'folder');
    await mkdir(folder);
    await expect(readRegularFile(folder, { limit })).rejects.toMatchObject({
      code: 'NOT_A_REGULAR_FILE',
      details: { path: folder, kind: 'a directory' },
    });
  });

  test('a fifo, without waiting for its writer', async () => {
    const fifo = join(await temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Lets a reader go on that waits, which would stop the tests for good, and says so.
    const writer = spawn('sh', ['-c', 'sleep 3; touch "$0.waited"; : >"$0"', fifo], { stdio: 'ignore' });
    await expect(readRegularFile(fifo, { limit })).rejects.toMatchObject({ details: { kind: 'a fifo' } });
    writer.kill();
    expect(existsSync(`${fifo}.waited`)).toBe(false);
  });

  test('a socket', async () => {
    const path = join(await temporaryFolder(), 'socket');
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(readRegularFile(path, { limit })).rejects.toMatchObject({ details: { kind: 'a socket' } });
  });
});

test('a path through a file cannot be read', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  await expect(readRegularFile(join(file, 'below'), { limit })).rejects.toMatchObject({
    code: 'READ_FAILED',
    details: { errno: 'ENOTDIR' },
  });
});
