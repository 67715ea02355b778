import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHere } from '../../../src/sources/evidence/read-here.ts';
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
  const here = await readHere(root);
  expect([...here.images]).toEqual([[app.id, 'linux/arm64']]);
  expect([...here.repositories.entries()].map(({ reference }) => reference)).toEqual(['alpine:3.20']);
});

test('nothing where nothing is', async () => {
  const here = await readHere(await DataRoot.make());
  expect([here.images.size, here.repositories.size]).toEqual([0, 0]);
});

test('of a file by itself, the images that it names', async () => {
  const file = join(await temporaryFolder(), 'repositories.json');
  await writeFile(file, oneTag);
  const here = await readHere({ location: { dataRoot: undefined, driver: undefined, file } });
  expect([...here.images]).toEqual([[idA, undefined]]);
});

test('an abort is heard', async () => {
  const root = await DataRoot.make();
  await root.config(app.config.bytes.toString());
  const { location } = root;
  await expect(readHere({ location, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});
