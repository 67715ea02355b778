import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLocalImages } from '../../../src/sources/evidence/read-local-images.ts';
import { makeImage } from '../../e2e/support/images.ts';
import { DataRoot } from '../../support/data-root.ts';
import { idA, oneTag } from '../../support/store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const app = makeImage('app', 'arm64');

test('the images whose configs hash to their names, with their platforms, and the whole entries of the file', async () => {
  const root = await DataRoot.make();
  await root.config(app.config.bytes.toString());
  await root.write(`image/overlay2/imagedb/content/sha256/${'e'.repeat(64)}`, '{"os":"linux"}');
  await root.write('image/overlay2/imagedb/content/sha256/notes', 'x');
  await root.write('image/overlay2/repositories.json', `${oneTag.slice(0, -3)},"alpine:4`);
  const local = await readLocalImages(root);
  expect([...local.images]).toEqual([[app.id, 'linux/arm64']]);
  expect([...local.repositories.entries()].map(({ reference }) => reference)).toEqual(['alpine:3.20']);
});

test('nothing where nothing is', async () => {
  const local = await readLocalImages(await DataRoot.make());
  expect([local.images.size, local.repositories.size]).toEqual([0, 0]);
});

test('of a file by itself, the images that it names', async () => {
  const file = join(await temporaryFolder(), 'repositories.json');
  await writeFile(file, oneTag);
  const local = await readLocalImages({ location: { dataRoot: undefined, driver: undefined, file } });
  expect([...local.images]).toEqual([[idA, undefined]]);
});

test('an abort is heard', async () => {
  const root = await DataRoot.make();
  await root.config(app.config.bytes.toString());
  const { location } = root;
  await expect(readLocalImages({ location, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});
