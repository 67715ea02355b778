import { describe, expect, test } from 'vitest';
import { imagesHere } from '../../src/containerd/images-here.ts';
import { planEngineRestore } from '../../src/containerd/plan-restore.ts';
import { restoreThroughEngine } from '../../src/containerd/restore.ts';
import type { Engine, EngineImage } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/engine-error.ts';
import { evidenceSource } from '../../src/sources/evidence/evidence-source.ts';
import { makeImage, type TestImage } from '../e2e/support/images.ts';
import { evidenceOf } from '../support/evidence.ts';
import { rejection } from '../support/rejection.ts';

const names = ['one', 'two', 'three'];
const apps = names.map((name) => makeImage(name, 'amd64'));
const made = `sha256:${'e'.repeat(64)}`;
const layersOf = (image: TestImage): string[] => JSON.parse(`${image.config.bytes}`).rootfs.diff_ids;
const referenceOf = (image: TestImage) => `${names[apps.indexOf(image)]}@${image.manifests.oci.digest}`;

/** A daemon that has these images under digests of its own; what `broken` names cannot run. */
function fakeEngine(broken: readonly string[] = [], tags: readonly string[] = [], fails = false) {
  const records = new Set<string>();
  const done: string[] = [];
  const images: EngineImage[] = apps.map((image, index) => ({
    id: `sha256:${String(index).repeat(64)}`,
    tags: [`${names[index]}:1`],
    digests: [],
    layers: layersOf(image),
    platform: 'linux/amd64',
  }));
  const engine: Partial<Engine> = {
    host: 'unix:///run/docker.sock',
    platform: async () => 'linux/amd64',
    images: async () => images,
    hasHistory: async (reference) => records.has(reference),
    inspectImage: async (reference) => {
      const held = records.has(reference);
      const id = reference.slice(reference.indexOf('@') + 1);
      return images.find((image) => image.id === reference) ?? (held ? { id, tags, digests: [] } : undefined);
    },
    loadImages: async (archive) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of archive) chunks.push(chunk);
      const found = `${Buffer.concat(chunks)}`.matchAll(
        /"docker\.io\/library\/([a-z]+@sha256:[a-f0-9]{64})"/g,
      );
      const loaded = Array.from(found, ([, reference = '']) => reference);
      done.push(`load ${loaded.length}`);
      for (const reference of loaded) {
        if (fails && broken.includes(reference)) {
          records.add(reference);
          throw new EngineError('unix:///run/docker.sock', 'status', 'failed to unpack loaded image');
        }
        records.add(reference);
      }
      return [];
    },
    createdContainers: async () => [{ id: 'left', names: [], image: 'x' }],
    createContainer: async ({ image, onRefused }) => {
      if (records.has(image) && !broken.includes(image)) return `probe of ${image}`;
      onRefused?.('no such content');
      return undefined;
    },
    removeContainer: async (id) => void done.push(`remove ${id}`),
    removeImage: async (reference) => {
      done.push(`untag ${reference}`);
      return records.delete(reference);
    },
  };
  return { engine: engine as Engine, records, done };
}

function sourceOf(images: readonly TestImage[], withConfigs = true) {
  const evidence = evidenceOf(
    images.map(({ manifests }) => manifests.oci),
    images.map((image) => ({
      digest: image.manifests.oci.digest,
      repository: names[apps.indexOf(image)],
      tag: '1',
    })),
    withConfigs ? { configs: new Map(images.map(({ id, config }) => [id, config.bytes])) } : {},
  );
  return evidenceSource('test:', async () => evidence);
}

const location = { dataRoot: undefined, driver: undefined, file: '/nonexistent' };
const plan = (engine: Engine, images = apps, withConfigs = true) =>
  planEngineRestore({ engine, sources: [sourceOf(images, withConfigs)], location });

describe('what is restored', () => {
  test('each digest whose layers are here, in one archive, proven and left; a probe of before is removed', async () => {
    const { engine, records, done } = fakeEngine();
    const planned = await plan(engine);
    const { restored, refused } = await restoreThroughEngine(planned, { engine });
    expect(restored.map(({ reference }) => reference)).toEqual(apps.map(referenceOf));
    expect(refused).toEqual([]);
    expect([...records]).toEqual(apps.map(referenceOf));
    expect(done.filter((line) => line.startsWith('load'))).toEqual(['load 3']);
    expect(done[0]).toBe('remove left');
    expect(done.filter((line) => line.startsWith('remove probe'))).toHaveLength(3);
    expect((await plan(engine)).notRestored.map(({ reason }) => reason)).toEqual(
      Array(3).fill('already-there'),
    );
  });

  test('nothing without a config, and it says so', async () => {
    const { engine } = fakeEngine();
    const { restored, notRestored } = await plan(engine, apps, false);
    expect(restored).toEqual([]);
    expect(notRestored.map(({ reason }) => reason)).toEqual(Array(3).fill('config-missing'));
  });
});

describe('what does not hold', () => {
  const second = referenceOf(apps[1] as TestImage);

  test.each([false, true])('is taken back, and the others stay; the load says so: %s', async (fails) => {
    const { engine, records, done } = fakeEngine([second], [], fails);
    const { restored, refused } = await restoreThroughEngine(await plan(engine), { engine });
    expect(restored).toHaveLength(2);
    expect(refused).toEqual([
      {
        reference: second,
        reason: fails ? 'failed to unpack loaded image' : 'no such content',
        takenBack: true,
      },
    ]);
    expect(records.has(second)).toBe(false);
    expect(done.filter((line) => line.startsWith('untag'))).toEqual([`untag ${second}`]);
  });

  test('is left where a tag of its repository would go with it', async () => {
    const { engine, records } = fakeEngine([second], ['two:1']);
    const { refused } = await restoreThroughEngine(await plan(engine), { engine });
    expect(refused).toMatchObject([{ reference: second, takenBack: false }]);
    expect(records.has(second)).toBe(true);
  });
});

test('interrupted before it begins: nothing is loaded', async () => {
  const { engine, done } = fakeEngine();
  const planned = await plan(engine);
  const error = await rejection(restoreThroughEngine(planned, { engine, signal: AbortSignal.abort() }));
  expect(error.code).toBe('ABORTED');
  expect(done.filter((line) => line.startsWith('load'))).toEqual([]);
});

test('of two configs with the same layers a tag has the one of the same time', () => {
  const config = (created: string) =>
    Buffer.from(
      JSON.stringify({
        created,
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: ['sha256:l'] },
      }),
    );
  const [first, later] = ['2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z'];
  const configs = new Map([
    ['sha256:first', config(first as string)],
    ['sha256:later', config(later as string)],
  ]);
  const image = { id: made, tags: ['a:1'], digests: [], layers: ['sha256:l'], platform: 'linux/amd64' };
  const local = imagesHere([{ ...image, created: later as string }], configs);
  expect(local.repositories.find('a:1')).toBe('sha256:later');
  expect([...local.images.keys()].sort()).toEqual([made, 'sha256:first', 'sha256:later'].sort());
  const other = imagesHere([{ ...image, layers: ['sha256:other'] }], configs);
  expect([...other.images.keys()]).toEqual([made]);
});
