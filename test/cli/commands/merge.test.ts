import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../../support/cli.ts';
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
