import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, healthy, idA, idB } from '../../support/cli-store.ts';
import { lay, temporaryFolder } from '../../support/temporary-folder.ts';

const readers = [
  ['ls'],
  ['check'],
  ['resolve', 'app:1'],
  ['status'],
  ['diff', 'disk', '-'],
  ['backups'],
  ['verify'],
];
const writers = [
  ['patch', '--yes', '-'],
  ['merge', '--yes', '-'],
  ['tag', '--yes', idA, 'new:1'],
  ['untag', '--yes', 'app:1'],
];

test.each([...readers, ...writers])(
  '%s: a named file that is not there is a slip, not an empty store',
  async (...argv) => {
    const folder = await temporaryFolder();
    await lay(folder, { 'repositories.json': healthy });
    const file = join(folder, 'repositoris.json');
    const input = argv[0] === 'patch' ? '{"schema":"docker-refstore/patch/v1","operations":[]}' : healthy;
    const { status, stdout, stderr } = await cli(['--file', file, ...argv], { input });
    expect(status).toBe(2);
    expect(stdout + stderr).toContain(`there is no file ${file}`);
    expect(stdout + stderr).toContain(`did you mean ${join(folder, 'repositories.json')}?`);
  },
);

test('check finds it, rollback and its backups bring it back', async () => {
  const { file } = await cliStore();
  expect((await cli(['--file', file, 'untag', '--yes', 'app:1'])).status).toBe(0);
  await rm(file);
  expect(await cli(['--file', file, 'check'])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('there is no repositories.json'),
  });
  const { document } = await cliJson(['--file', file, 'backups']);
  const [{ id } = { id: '' }] = (document as { backups: { id: string }[] }).backups;
  expect((await cli(['--file', file, 'diff', `backup:${id}`, `backup:${id}`])).status).toBe(0);
  expect((await cli(['--file', file, 'rollback', '--yes', id])).status).toBe(0);
  expect((await cli(['--file', file, 'ls'])).stdout).toContain('app:1');
});

test('a data root whose file is missing: the plan says first which images have no name', async () => {
  const { at } = await cliStore(null);
  const { status, stderr } = await cli([...at, 'tag', '--dry-run', idB, 'new:1']);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(
      /^warning: there is no .*repositories\.json \(file-missing\), and 2 images there have no name/,
    ),
  });
});

test('a file that is to be read gets a hint', async () => {
  const { at, dataRoot } = await cliStore();
  await lay(dataRoot, { 'p.json': '{}' });
  expect((await cli([...at, 'patch', join(dataRoot, 'pp.json')])).stderr).toContain(
    `did you mean ${join(dataRoot, 'p.json')}?`,
  );
  expect((await cli([...at, 'patch', '/nowhere/p.json'])).stderr).toContain(
    `no folder ${dirname('/nowhere/p')}`,
  );
});
