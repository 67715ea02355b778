import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { type CliStore, cliStore, healthy, idA, repositories } from '../../support/cli-store.ts';
import { sha256 } from '../../support/data-root.ts';

interface Backups {
  readonly backups: {
    id: string;
    time: string;
    sha256: string;
    size: number;
    entries: number | null;
    sound: boolean;
    reason: string | null;
  }[];
}

async function listBackups({ at }: CliStore): Promise<Backups['backups']> {
  const { document } = await cliJson([...at, 'backups']);
  return (document as Backups).backups;
}

test('none yet', async () => {
  const { at } = await cliStore();
  expect(await cli([...at, 'backups'])).toEqual({
    status: 0,
    stdout: '',
    stderr: 'no backups: nothing has been written here yet; refstore backup makes one\n',
  });
});

test('each write leaves one, newest first, and it can be put back and forth', async () => {
  const store = await cliStore();
  const { at } = store;
  await cli([...at, 'tag', '--yes', 'app:1', 'app:2']);
  const withTwo = await store.content();
  await cli([...at, 'untag', '--yes', 'app:1']);
  const listed = await listBackups(store);
  expect(listed).toMatchObject([
    { sha256: sha256(withTwo), size: withTwo.length, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    { sha256: sha256(healthy), size: healthy.length },
  ]);
  const table = (await cli([...at, 'backups'])).stdout;
  expect(table.split('\n')[0]).toMatch(/^ID +TIME +ENTRIES +WHY +BYTES +SHA256$/);
  expect(table.split('\n')[1]).toContain(sha256(withTwo));

  const oldest = listed[1]?.id ?? '';
  const dry = await cliJson([...at, 'rollback', '--dry-run', oldest]);
  expect(dry).toMatchObject({
    status: 0,
    document: {
      schema: 'docker-refstore/write/v1',
      changed: true,
      dryRun: true,
      changes: [
        { op: 'add', reference: 'app:1' },
        { op: 'remove', reference: 'app:2' },
      ],
    },
  });
  const { status, document } = await cliJson([...at, 'rollback', '--yes', oldest]);
  expect({ status, document }).toMatchObject({
    status: 0,
    document: {
      changed: true,
      effective: true,
      sha256: { after: sha256(healthy) },
      backup: { size: expect.any(Number) },
    },
  });
  expect(await store.content()).toBe(healthy);
  await cli([...at, 'rollback', '--yes', listed[0]?.id ?? '']);
  expect(await store.content()).toBe(withTwo);
});

test('a broken file is replaced by the bytes of a backup, odd entries and all', async () => {
  const odd = repositories({ alpine: { 'docker.io/library/alpine:1': idA, 'alpine:1': idA } });
  const store = await cliStore(odd);
  await cli([...store.at, 'untag', '--yes', 'docker.io/library/alpine:1']);
  const [backup] = await listBackups(store);
  await writeFile(store.file, '{"Repositories":{"alp');
  expect(await cli([...store.at, 'rollback', '--yes', backup?.id ?? ''])).toMatchObject({ status: 0 });
  expect(await store.content()).toBe(odd);
});

test('what leads to the backup can be written as a patch instead', async () => {
  const store = await cliStore();
  await cli([...store.at, 'untag', '--yes', 'app:1']);
  const after = await store.content();
  const [backup] = await listBackups(store);
  const patch = join(store.dataRoot, 'p.json');
  expect(await cli([...store.at, 'rollback', '--out', patch, backup?.id ?? ''])).toMatchObject({
    status: 0,
    stdout: `patch written to ${patch}: 1 added; nothing was applied\n`,
  });
  expect(await store.content()).toBe(after);
  expect(await cli([...store.at, 'patch', '--yes', patch])).toMatchObject({ status: 0 });
  expect(await store.content()).toBe(healthy);
});

test('an ID that is none', async () => {
  const { at, file } = await cliStore();
  expect(await cli([...at, 'rollback', '--yes', '../../etc/passwd'])).toEqual({
    status: 2,
    stdout: '',
    stderr: `refstore: there is no backup "../../etc/passwd" of ${file}\n  refstore backups lists them\n`,
  });
});

test('--restart says before the plan that a backup holds what no patch can add', async () => {
  const store = await cliStore(repositories({ alpine: { alpine: idA, 'alpine:1': idA } }));
  await cli([...store.at, 'untag', '--yes', 'alpine']);
  await cli([...store.at, 'untag', '--yes', 'alpine:1']);
  const [, { id } = { id: '' }] = await listBackups(store);
  const { status, stdout, stderr } = await cli([...store.at, 'rollback', '--dry-run', '--restart', id]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^refstore: the backup ${id} holds an entry that no patch can add: alpine: `),
  );
  expect(stderr).toContain('put the exact bytes back without --restart');
});

test('backup keeps the file as it is, once, also while nothing was ever written', async () => {
  const store = await cliStore();
  const first = await cliJson([...store.at, 'backup']);
  expect(first).toMatchObject({
    status: 0,
    document: {
      schema: 'docker-refstore/backup/v1',
      file: store.file,
      made: true,
      backup: { sha256: sha256(healthy), size: healthy.length, sound: true, reason: 'refstore backup' },
    },
  });
  const again = await cli([...store.at, 'backup']);
  const [{ id } = { id: '' }, ...others] = await listBackups(store);
  expect(others).toEqual([]);
  expect(again).toEqual({
    status: 0,
    stdout: `nothing to keep: the newest backup has the same bytes: ${id}\n`,
    stderr: '',
  });
  expect(await store.content()).toBe(healthy);
});

test('backups says what a daemon would find in each, and why it was made', async () => {
  const store = await cliStore();
  await cli([...store.at, 'tag', '--yes', 'app:1', 'app:2']);
  await writeFile(store.file, '{"Repositories":{"alp');
  const broken = await cli([...store.at, 'backup']);
  expect(broken).toMatchObject({ status: 0, stderr: expect.stringContaining('the file is broken') });
  expect(await listBackups(store)).toMatchObject([
    { entries: null, sound: false, reason: 'refstore backup' },
    { entries: 3, sound: true, reason: 'before refstore tag' },
  ]);
  const { stdout } = await cli([...store.at, 'backups']);
  expect(stdout).toMatch(/ broken +refstore backup /);
  expect(stdout).toMatch(/ 3 +before refstore tag /);
});

test('latest, latest-good and the beginning of an ID name a backup, wherever one is named', async () => {
  const store = await cliStore();
  await cli([...store.at, 'tag', '--yes', 'app:1', 'app:2']);
  await writeFile(store.file, '{"Repositories":{"alp');
  await cli([...store.at, 'backup']);
  const [broken, good] = await listBackups(store);
  const put = async (id: string) => {
    const { status, stderr } = await cli([...store.at, 'rollback', '--yes', id]);
    return { status, stderr, content: await store.content() };
  };
  expect(await put('latest-good')).toMatchObject({ status: 0, content: healthy });
  expect(await put(broken?.id.slice(0, -6) ?? '')).toMatchObject({
    status: 0,
    content: '{"Repositories":{"alp',
  });
  expect(await put(good?.id.slice(0, 4) ?? '')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^refstore: "\d{4}" is the beginning of \d+ backups of /),
  });
  expect(await cli([...store.at, 'diff', 'backup:latest-good', 'disk'])).toMatchObject({ status: 2 });
  expect(await put('latest-good')).toMatchObject({ status: 0, content: healthy });
  expect(await cli([...store.at, 'diff', 'backup:latest-good', 'disk'])).toMatchObject({ status: 0 });
});

test('latest-good is never one that is broken or has no entry', async () => {
  const store = await cliStore('{"Repositories":{}}');
  await cli([...store.at, 'backup']);
  expect(await cli([...store.at, 'rollback', '--yes', 'latest'])).toMatchObject({ status: 0 });
  expect(await cli([...store.at, 'rollback', '--yes', 'latest-good'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no backup on which a daemon would start and find an entry'),
  });
});

test('--keep says how many stay, and a write takes none of them away for long', async () => {
  const store = await cliStore();
  for (let i = 0; i < 14; i++) {
    await writeFile(store.file, repositories({ app: { [`app:${i}`]: idA } }));
    await cli([...store.at, 'backup', '--keep', '12']);
  }
  expect(await listBackups(store)).toHaveLength(12);
  await cli([...store.at, 'tag', '--yes', idA, 'app:new']);
  await cli([...store.at, 'untag', '--yes', 'app:new']);
  expect(await listBackups(store)).toHaveLength(12);
  await cli([...store.at, 'backup', '--keep', '3']);
  expect(await listBackups(store)).toHaveLength(3);
  expect(await cli([...store.at, 'backup', '--keep', '0'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('a whole number from 1'),
  });
});

test('without a file there is nothing to keep', async () => {
  const store = await cliStore();
  await rm(store.file);
  expect(await cli([...store.at, 'backup'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('to back up'),
  });
});
