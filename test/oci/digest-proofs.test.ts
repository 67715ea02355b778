import { expect, test } from 'vitest';
import type { KeptManifest } from '../../src/dataroot/content-store.ts';
import { digestProofs, isComplete, provenImages } from '../../src/oci/digest-proofs.ts';
import type { ImageIndex } from '../../src/oci/manifest.ts';
import { digestOf } from '../support/data-root.ts';

/** Counts how often a manifest is looked up. */
class Counted extends Map<string, KeptManifest> {
  looks = 0;

  override get(digest: string): KeptManifest | undefined {
    this.looks++;
    return super.get(digest);
  }
}

function indexOf(digests: readonly string[]): ImageIndex {
  const manifests = digests.map((digest) => ({ digest, platform: undefined, isAttestation: false }));
  return { kind: 'index', mediaType: 'index', manifests };
}

function kept(manifests: Readonly<Record<string, KeptManifest['manifest']>>): Counted {
  const none = { repositories: [], images: [] };
  return new Counted(
    Object.entries(manifests).map(([digest, manifest]) => [digest, { digest, manifest, ...none }]),
  );
}

const image = digestOf('image');
const one = { kind: 'manifest', mediaType: 'manifest', config: image, layers: [] } as const;

test('an index that names an index thousands of times over is one look', () => {
  const inner = indexOf(Array.from({ length: 3000 }, () => 'one'));
  const outer = indexOf(Array.from({ length: 3000 }, () => 'inner'));
  const all = kept({ one, inner, outer });
  expect(provenImages(outer, all)).toEqual([image]);
  expect(all.looks).toBe(2);
  expect(isComplete(outer, all)).toBe(true);
});

test('indexes that name the same indexes: each is worked out once', () => {
  const leaves = Array.from({ length: 100 }, (_, n) => `leaf ${n}`);
  const inner = Array.from({ length: 100 }, (_, n) => `inner ${n}`);
  const outer = Array.from({ length: 100 }, (_, n) => `outer ${n}`);
  const all = kept({
    ...Object.fromEntries(leaves.map((name) => [name, { ...one, config: digestOf(name) }])),
    ...Object.fromEntries(inner.map((name) => [name, indexOf(leaves)])),
    ...Object.fromEntries(outer.map((name) => [name, indexOf(inner)])),
  });
  const proofs = digestProofs(all, 'content:');
  expect(proofs.find(({ digest }) => digest === 'outer 99')).toMatchObject({
    imageIds: leaves.map(digestOf),
    complete: true,
  });
  // Each of the 200 indexes looks at its 100 entries, an inner one once by itself and once below another.
  expect(all.looks).toBeLessThanOrEqual(3 * 100 * 100);
});

test('what is beyond the bound is not proven, and the index not called complete', () => {
  const names = Array.from({ length: 200_000 }, (_, n) => `leaf ${n}`);
  const all = kept(Object.fromEntries(names.map((name) => [name, { ...one, config: name }])));
  const index = indexOf(names);
  expect(provenImages(index, all).length).toBeLessThan(names.length);
  expect(isComplete(index, all)).toBe(false);
  expect(all.looks).toBeLessThanOrEqual(200_000);
});
