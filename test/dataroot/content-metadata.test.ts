import fs, { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContentMetadata } from '../../src/dataroot/content-metadata.ts';
import { Folder } from '../../src/system/folder.ts';
import { ProgressTracker } from '../../src/util/progress.ts';
import { BoltBuilder } from '../support/bolt-builder.ts';
import { contentMetadata, DataRoot, digestOf } from '../support/data-root.ts';
import { replaced } from '../support/system.ts';

const [digest, imageId] = [digestOf('manifest'), digestOf('image')];
const path = 'containerd/daemon/io.containerd.metadata.v1.bolt/meta.db';

/** A file of two states: the first as it is, and what one commit makes of it. */
function twoStates(): { before: Buffer; after: Buffer } {
  const builder = new BoltBuilder();
  const kept = (repository: string) =>
    contentMetadata({ [digest]: { sources: { 'docker.io': repository }, images: [imageId] } });
  const first = builder.bucket(kept('a/first'));
  const firstEnd = builder.reserve();
  const second = builder.bucket(kept('b/second'));
  const before = builder.file(first, { transaction: 7n });
  const after = builder.file(second, { transaction: 8n });
  // The pages of the first state are free then, and used again for something else.
  after.fill(0xaa, 2 * builder.pageSize, firstEnd * builder.pageSize);
  return { before, after };
}

async function readWhile(write: (reads: number, file: string) => void) {
  const root = await DataRoot.make();
  await root.write(path, twoStates().before);
  const { readSync } = fs;
  let reads = 0;
  replaced(fs, 'readSync', (...parameters: Parameters<typeof readSync>) => {
    const length = readSync(...parameters);
    write(++reads, join(root.path, path));
    return length;
  });
  return await readContentMetadata(
    Folder.open(join(root.path, 'containerd/daemon')),
    new ProgressTracker({}),
  );
}

test('reads what is there', async () => {
  const metadata = await readWhile(() => undefined);
  expect(metadata).toEqual(new Map([[digest, { repositories: ['a/first'], images: [imageId] }]]));
});

test.each([2, 3, 5, 8])('a commit after %d reads: it reads again, and all of the new state', async (nth) => {
  const { after } = twoStates();
  const metadata = await readWhile((reads, file) => {
    if (reads === nth) writeFileSync(file, after);
  });
  expect(metadata).toEqual(new Map([[digest, { repositories: ['b/second'], images: [imageId] }]]));
});

test('one commit after the other: it gives up, and says so', async () => {
  const builder = new BoltBuilder();
  let transaction = 8n;
  const metadata = await readWhile((_, file) => {
    const handle = fs.openSync(file, 'r+');
    transaction++;
    fs.writeSync(handle, builder.meta(0, 3, 10, transaction), 0, undefined, 0);
    fs.closeSync(handle);
  });
  expect(metadata).toEqual({
    problem: 'unreadable',
    reason: 'it is written to all the time; try again',
  });
});
