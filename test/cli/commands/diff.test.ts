import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, healthy, idA, idB, repositories } from '../../support/cli-store.ts';
import { sha256 } from '../../support/data-root.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';

const other = repositories({
  alpine: { 'alpine:3.20': idB, [`alpine@${digestA}`]: idA },
  new: { 'new:1': idA },
});

test('lines for people', async () => {
  const store = await cliStore();
  expect(await cli([...store.at, 'diff', 'disk', '-'], { input: other })).toEqual({
    status: 1,
    stdout: `~ alpine:3.20  ${idA} -> ${idB}\n- app:1  ${idB}\n+ new:1  ${idA}\n`,
    stderr: '1 added, 1 moved, 1 removed\n',
  });
  expect((await cli([...store.at, 'diff', 'disk', '-'], { input: other, columns: 80 })).stdout).toContain(
    `~ alpine:3.20\n    ${idA}\n    -> ${idB}\n- app:1  ${idB}\n`,
  );
});

test('--json, and the file of --out, are the patch that turns LEFT into RIGHT', async () => {
  const store = await cliStore();
  const out = join(store.dataRoot, 'p.json');
  const { status, document } = await cliJson([...store.at, 'diff', '--out', out, 'disk', '-'], {
    input: other,
  });
  expect({ status, document }).toEqual({
    status: 1,
    document: {
      schema: 'docker-refstore/patch/v1',
      base: { sha256: sha256(healthy) },
      operations: [
        { op: 'move', reference: 'alpine:3.20', from: idA, image: idB },
        { op: 'remove', reference: 'app:1', from: idB },
        { op: 'add', reference: 'new:1', image: idA },
      ],
    },
  });
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(document);
  expect(await cli([...store.at, 'patch', '--yes', out])).toMatchObject({ status: 0 });
  expect(await store.content()).toBe(other);
});

test('no difference: status 0, and a patch without operations', async () => {
  const store = await cliStore();
  expect(await cli(['diff', store.file, store.file])).toEqual({
    status: 0,
    stdout: '',
    stderr: 'no difference\n',
  });
  expect((await cliJson(['diff', store.file, store.file])).document).toMatchObject({ operations: [] });
});

test('a backup is a side', async () => {
  const store = await cliStore();
  await cli([...store.at, 'untag', '--yes', 'app:1']);
  const { document } = await cliJson([...store.at, 'backups']);
  const [backup] = (document as { backups: { id: string }[] }).backups;
  expect(await cli([...store.at, 'diff', `backup:${backup?.id}`, 'disk'])).toMatchObject({
    status: 1,
    stdout: `- app:1  ${idB}\n`,
  });
});

describe('live', () => {
  test('is on either side, and ghosts of the file are no difference', async () => {
    const ghost = `sha256:${'9'.repeat(64)}`;
    const content = repositories({ alpine: { 'alpine:3.20': idA }, gone: { 'gone:1': ghost } });
    const daemon = await FakeDaemon.start(content, [idA, idB]);
    const at = ['--data-root', daemon.dataRoot, '--host', daemon.host];
    expect(await cli([...at, 'diff', 'disk', 'live'])).toMatchObject({ status: 0 });
    await writeFile(daemon.file, repositories({ alpine: { 'alpine:3.21': idA } }));
    expect((await cli([...at, 'diff', 'disk', 'live'])).stdout).toBe(
      `+ alpine:3.20  ${idA}\n- alpine:3.21  ${idA}\n`,
    );
    expect((await cli([...at, 'diff', 'live', 'disk'])).stdout).toBe(
      `- alpine:3.20  ${idA}\n+ alpine:3.21  ${idA}\n`,
    );
    expect(await cli([...at, 'diff', 'live', 'live'])).toMatchObject({ status: 2 });
  });

  test('is refused of a daemon that keeps its images elsewhere', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA], { containerd: true });
    const args = ['--data-root', daemon.dataRoot, '--host', daemon.host, 'diff', 'disk', 'live'];
    expect(await cli(args)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('containerd image store'),
    });
  });
});

test.each([
  ['a file that is not there', ['diff', '/nowhere/x.json', '-'], 'there is no file /nowhere/x.json'],
  ['no daemon', ['diff', '-', 'live'], 'cannot connect to the Docker daemon at unix:///nowhere/docker.sock'],
])('%s: status 2', async (_what, args, message) => {
  expect(await cli(args, { input: healthy })).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(message),
  });
});

test('a patch that would have to add what no patch can names the side, the entry and a way out', async () => {
  const { at } = await cliStore();
  const input = repositories({ alpine: { alpine: idA } });
  const { status, stderr } = await cli([...at, 'diff', '--out', '/nowhere/p', 'disk', '-'], { input });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^refstore: standard input holds an entry that no patch can add: alpine: "alpine" has neither tag/,
  );
  expect(stderr).toContain('\n  repair that file first');
  expect((await cli([...at, 'diff', 'disk', '-'], { input })).status).toBe(1);
  // Odd entries can always be removed.
  expect((await cliJson([...at, 'diff', '-', 'disk'], { input })).status).toBe(1);
});
