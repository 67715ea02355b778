import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  putBackDaemonJson,
  readDaemonJson,
  withMirrors,
  writeDaemonJson,
} from '../../src/live/daemon-json.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function daemonJson(content?: string | Buffer): Promise<string> {
  const folder = join(await temporaryFolder(), 'docker');
  const file = join(folder, 'daemon.json');
  if (content === undefined) return file;
  await mkdir(folder);
  await writeFile(file, content, { mode: 0o640 });
  return file;
}

test.each([
  '{}',
  ' { } \n',
  '{\n\t"debug":true ,"labels": ["a}"]\n}\n\n',
  '{"registry-mirrors":["https://old.example/"], "x":1e3}',
])('%j gets mirrors behind all that it says, and its bytes back', async (content) => {
  const file = await daemonJson(content);
  const json = await readDaemonJson(file);
  const meanwhile = withMirrors(json, ['http://127.0.0.1:1/']).toString();
  expect(JSON.parse(meanwhile)).toEqual({
    ...(JSON.parse(content) as object),
    'registry-mirrors': ['http://127.0.0.1:1/'],
  });
  const { mtimeMs, mode } = await lstat(file);
  await writeDaemonJson(json, Buffer.from(meanwhile));
  expect(await readFile(file, 'utf8')).toBe(meanwhile);
  await putBackDaemonJson(json, false);
  expect(await readFile(file, 'utf8')).toBe(content);
  const after = await lstat(file);
  expect(after.mode).toBe(mode);
  expect(Math.abs(after.mtimeMs - mtimeMs)).toBeLessThan(1);
});

test('where there was no file and no folder, there is none afterwards', async () => {
  const file = await daemonJson();
  const json = await readDaemonJson(file);
  await writeDaemonJson(json, withMirrors(json, []));
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ 'registry-mirrors': [] });
  await putBackDaemonJson(json, true);
  await expect(lstat(join(file, '..'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([
  ['a broken one', '{"debug":', 'not plain JSON'],
  ['one with a byte order mark', '\ufeff{}', 'not plain JSON'],
  ['a list', '[]', 'does not hold a JSON object'],
  ['one that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not UTF-8'],
])('%s is refused', async (_, content, reason) => {
  await expect(readDaemonJson(await daemonJson(content))).rejects.toMatchObject({
    code: 'LIVE_REFUSED',
    message: expect.stringContaining(reason),
  });
});

test('a link is refused', async () => {
  const file = await daemonJson('{}');
  const link = join(file, '../link.json');
  await symlink(file, link);
  await expect(readDaemonJson(link)).rejects.toMatchObject({
    code: 'LIVE_REFUSED',
    message: expect.stringContaining('symbolic link'),
  });
});
