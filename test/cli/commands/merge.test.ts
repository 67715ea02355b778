import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, healthy, idA, idB, repositories } from '../../support/cli-store.ts';

const theirs = repositories({ alpine: { 'alpine:3.21': idB }, app: { 'app:1': idA } });

test('adds what is missing, entry by entry; a conflict is a refusal', async () => {
  const store = await cliStore();
  const { status, stderr } = await cli([...store.at, 'merge', '--yes', '-'], { input: theirs });
  expect(status).toBe(3);
  expect(stderr).toContain(`app:1 is at "${idB}" here and at "${idA}" there`);
  expect(await store.content()).toBe(healthy);
});

test.each([
  ['ours', idB],
  ['theirs', idA],
])('--on-conflict %s', async (side, app) => {
  const store = await cliStore();
  const args = [...store.at, 'merge', '--yes', '--on-conflict', side, '-'];
  expect(await cli(args, { input: theirs })).toMatchObject({ status: 0 });
  expect(await store.content()).toBe(
    repositories({
      alpine: { 'alpine:3.20': idA, 'alpine:3.21': idB, [`alpine@${digestA}`]: idA },
      app: { 'app:1': app },
    }),
  );
});

test('--base tells what they removed', async () => {
  const store = await cliStore();
  const base = join(store.dataRoot, 'base.json');
  await writeFile(base, healthy);
  const input = repositories({ alpine: { 'alpine:3.20': idA, [`alpine@${digestA}`]: idA } });
  expect(await cli([...store.at, 'merge', '--yes', '--base', base, '-'], { input })).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(`- app:1  ${idB}`),
  });
  expect(await store.content()).toBe(input);
});

test('entries that the daemon would never write are left out, each with a warning', async () => {
  const input = repositories({
    alpine: { alpine: idA, 'other:1': idA, 'alpine:odd': 'foo', 'alpine:3.21': idB },
    '': { 'x:1': idA },
  });
  const store = await cliStore();
  const { status, stderr } = await cli([...store.at, 'merge', '--dry-run', '-'], { input });
  expect(status).toBe(0);
  expect(stderr.match(/^warning: /gm)).toHaveLength(4);
  expect(stderr).toContain('warning: "alpine" of the other file is left out');
  expect(await cliJson([...store.at, 'merge', '--yes', '-'], { input })).toMatchObject({
    status: 0,
    document: {
      changes: [{ op: 'add', reference: 'alpine:3.21' }],
      skipped: [
        { reference: 'x:1', repository: '' },
        { reference: 'alpine', image: idA, why: expect.stringContaining('neither tag nor digest') },
        { reference: 'alpine:odd', why: expect.stringContaining('not an image ID') },
        { reference: 'other:1', why: expect.stringContaining('the daemon would not put it') },
      ],
    },
  });
});

test('into a store that is broken nothing is merged; repair takes the other file as a source', async () => {
  const store = await cliStore(healthy.slice(0, -20));
  const copy = join(store.dataRoot, 'copy.json');
  await writeFile(copy, healthy);
  const { status, stderr } = await cli([...store.at, 'merge', '--yes', copy]);
  expect(status).toBe(2);
  expect(stderr).toContain(`repair --from file:${copy}`);
  expect(await store.content()).toBe(healthy.slice(0, -20));
  expect((await cli([...store.at, 'repair', '--yes', '--from', `file:${copy}`])).status).toBe(0);
  expect(await store.content()).toBe(healthy);
});
