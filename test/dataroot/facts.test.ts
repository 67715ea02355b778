import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import { gatherFacts } from '../../src/dataroot/facts.ts';
import type { Progress } from '../../src/util/progress.ts';
import { boltFile } from '../support/bolt-builder.ts';
import { DataRoot } from '../support/data-root.ts';
import { healthySamples, locationIn, unpackSample } from '../support/sample.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe.each(healthySamples)('%s', (sample) => {
  test('is told in full', async () => {
    const location = locationIn(await unpackSample(sample));
    const facts = await gatherFacts(location, { level: 'full' });
    expect(facts.file.kind).toBe('file');
    expect(facts.dataRoot).toMatchObject({
      path: location.dataRoot,
      driver: 'overlay2',
      why: 'a test says so',
      otherStores: [],
      problems: [],
    });
    expect(facts.dataRoot?.images?.size).toBe(3);
    expect(facts.dataRoot?.containers).toHaveLength(4);
    expect(facts.digestProofs).toHaveLength(4);
  });

  test('has no findings', async () => {
    const location = locationIn(await unpackSample(sample));
    for (const level of ['file', 'store', 'full'] as const) {
      const { findings } = checkFacts(await gatherFacts(location, { level }));
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    }
  });
});

test('the level file looks at nothing else', async () => {
  const location = locationIn(await unpackSample('healthy-28.5.2'));
  const facts = await gatherFacts(location, { level: 'file' });
  expect(Object.keys(facts)).toEqual(['file']);
  const byItself = await gatherFacts({ ...location, dataRoot: undefined }, { level: 'full' });
  expect(Object.keys(byItself)).toEqual(['file']);
});

describe('by the level store, as a daemon would start', () => {
  test('an image config that does not hash to its name is no image', async () => {
    const root = await DataRoot.make();
    await root.write(`image/overlay2/imagedb/content/sha256/${'a'.repeat(64)}`, 'no hash of this');
    const facts = await gatherFacts(root.location, { level: 'store' });
    expect(facts.dataRoot?.images?.get(`sha256:${'a'.repeat(64)}`)).toEqual({ state: 'hash-mismatch' });
  });

  test.each(['distribution', 'imagedb', 'imagedb/metadata/sha256', 'layerdb/mounts', '../../containers'])(
    'a file in the place of the folder %s is told',
    async (name) => {
      const root = await DataRoot.make();
      const path = join(root.path, 'image/overlay2', name);
      await rm(path, { recursive: true, force: true });
      await writeFile(path, '');
      const { dataRoot } = await gatherFacts(root.location, { level: 'store' });
      expect(dataRoot?.blockedFolders).toEqual([{ path, reason: 'it is a regular file' }]);
    },
  );

  test('nothing is told of folders that are there, or that the daemon will make', async () => {
    const root = await DataRoot.make();
    const { dataRoot } = await gatherFacts(root.location, { level: 'store' });
    expect(dataRoot?.blockedFolders).toBeUndefined();
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['with both meta pages zeroed', (bytes) => Buffer.concat([Buffer.alloc(8192), bytes.subarray(8192)])],
    ['cut', (bytes) => bytes.subarray(0, 8192)],
  ])("containerd's database %s is told", async (_, damage) => {
    const root = await DataRoot.make();
    await root.metaDb(damage(boltFile({ v1: { moby: { leases: {} } } })));
    const { dataRoot } = await gatherFacts(root.location, { level: 'store' });
    expect(dataRoot?.containerdMetadata?.path).toMatch(/meta\.db$/);
    expect(dataRoot?.problems).toEqual([]);
  });

  test('an empty database is none: containerd makes a new one', async () => {
    const root = await DataRoot.make();
    await root.metaDb(Buffer.alloc(0));
    const { dataRoot } = await gatherFacts(root.location, { level: 'store' });
    expect(dataRoot).toMatchObject({ problems: [] });
    expect(dataRoot?.containerdMetadata).toBeUndefined();
  });
});

test('the stores of other drivers', async () => {
  const location = locationIn(await unpackSample('two-drivers-28.5.2'));
  const { dataRoot } = await gatherFacts(location, { level: 'store' });
  const file = join(location.dataRoot ?? '', 'image/vfs/repositories.json');
  expect(dataRoot?.otherStores).toEqual([{ driver: 'vfs', file, size: 341, references: 2, images: 1 }]);

  const root = await DataRoot.make();
  await root.write('image/btrfs/repositories.json', '{"Repositories":[');
  await root.write('image/aufs/imagedb/content/sha256/x', '');
  const others = (await gatherFacts(root.location, { level: 'store' })).dataRoot?.otherStores;
  expect(others).toEqual([
    { driver: 'aufs', file: expect.stringContaining('aufs/repositories.json'), images: 1 },
    { driver: 'btrfs', file: expect.stringContaining('btrfs/repositories.json'), size: 17, images: 0 },
  ]);
});

describe('long work', () => {
  async function manyImages(): Promise<DataRoot> {
    const root = await DataRoot.make();
    for (let i = 0; i < 400; i++) await root.config(`{"n":${i},"rootfs":{}}`);
    return root;
  }

  test('tells how far it is, and in the end that it is done', async () => {
    const root = await manyImages();
    const told: Progress[] = [];
    await gatherFacts(root.location, { level: 'full', onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ done: 400, total: 400 });
    expect(told.every(({ done, total }) => done <= total)).toBe(true);
  });

  test('stops when it is told to', async () => {
    const { location } = await manyImages();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(gatherFacts(location, { level: 'full', signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: expect.objectContaining({ message: 'enough' }),
    });
  });
});

test('a data root that is not there is an error', async () => {
  const location = locationIn(join(await temporaryFolder(), 'none'));
  await expect(gatherFacts(location, { level: 'store' })).rejects.toMatchObject({ code: 'READ_FAILED' });
});
