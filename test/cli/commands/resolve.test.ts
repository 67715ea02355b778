import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, idA, idB, repositories } from '../../support/cli-store.ts';

test('the image, and what else names it', async () => {
  const { at } = await cliStore();
  expect(await cli([...at, 'resolve', 'docker.io/library/alpine:3.20'])).toEqual({
    status: 0,
    stdout: `${idA}\n  alpine@${digestA}\n`,
    stderr: '',
  });
  expect((await cliJson([...at, 'resolve', 'alpine:3.20'])).document).toEqual({
    schema: 'docker-refstore/resolution/v1',
    reference: 'alpine:3.20',
    imageId: idA,
    others: [`alpine@${digestA}`],
  });
});

test('the image ID alone with --quiet', async () => {
  const { at } = await cliStore();
  expect((await cli([...at, 'resolve', '-q', 'app:1'])).stdout).toBe(`${idB}\n`);
});

test('a name alone means :latest, and of tag and digest the digest counts', async () => {
  const { at } = await cliStore(
    repositories({ alpine: { 'alpine:latest': idB, [`alpine@${digestA}`]: idA } }),
  );
  expect((await cli([...at, 'resolve', 'alpine'])).stdout).toMatch(idB);
  expect((await cli([...at, 'resolve', `alpine:nonsense@${digestA}`])).stdout).toMatch(idA);
});

test('an image ID is looked for among the images, never as a key of the file', async () => {
  const other = `sha256:${'c'.repeat(64)}`;
  const { at } = await cliStore(repositories({ sha256: { [other]: idA }, app: { 'app:1': idB } }));
  expect((await cli([...at, 'resolve', other])).status).toBe(1);
  expect((await cli([...at, 'resolve', other.slice(7)])).status).toBe(1);
  expect((await cli([...at, 'resolve', idB])).stdout).toBe(`${idB}\n  app:1\n`);
  expect((await cli([...at, 'resolve', idB.slice(7)])).stdout).toContain(idB);
});

test('the beginning of an image ID, as check prints it', async () => {
  const { at } = await cliStore();
  expect((await cli([...at, 'resolve', idB.slice(7, 19)])).stdout).toBe(`${idB}\n  app:1\n`);
  expect((await cli([...at, 'resolve', idB.slice(0, 19)])).status).toBe(0);
  expect((await cli([...at, 'resolve', 'cccccccccccc'])).status).toBe(1);
});

test('nothing there: status 1', async () => {
  const { at } = await cliStore();
  expect(await cli([...at, 'resolve', 'alpine'])).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'refstore: alpine:latest: reference does not exist\n  refstore ls lists what there is; a name without a tag means :latest\n',
  });
  const { status, document } = await cliJson([...at, 'resolve', 'alpine']);
  expect({ status, document }).toMatchObject({
    status: 1,
    document: { schema: 'docker-refstore/error/v1', error: { code: 'REFERENCE_NOT_FOUND' } },
  });
});
