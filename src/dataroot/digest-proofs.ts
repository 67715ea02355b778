import type { DigestProof } from '../check/facts.ts';
import type { KeptManifest } from './content-store.ts';
import type { ImageIndex, ImageManifest, IndexEntry } from './manifest.ts';

/** What kept manifests prove: which images a digest may stand for. */
export function digestProofs(kept: ReadonlyMap<string, KeptManifest>, source: string): DigestProof[] {
  return Array.from(kept.values(), ({ digest, manifest, repositories }) => {
    const imageIds = provenImages(manifest, kept);
    return { digest, imageIds, complete: isComplete(manifest, kept), repositories, source };
  });
}

/** Manifests that are at hand, by digest. */
export type Manifests = ReadonlyMap<string, { readonly manifest: ImageManifest | ImageIndex }>;

/** The images that a digest may stand for: of an index, those of its manifests that are at hand. */
export function provenImages(manifest: ImageManifest | ImageIndex, atHand: Manifests): string[] {
  return [...new Set(imagesIn(manifest, atHand, deepest))];
}

/** Whether all of an index's image manifests are at hand, so that it stands for no image but the proven ones. */
export function isComplete(manifest: ImageManifest | ImageIndex, atHand: Manifests): boolean {
  return isWhole(manifest, atHand, deepest);
}

/** An index may name another index, which names manifests; what lies deeper is never looked at. */
const deepest = 2;

function imagesIn(manifest: ImageManifest | ImageIndex, atHand: Manifests, depth: number): string[] {
  if (manifest.kind === 'manifest') return [manifest.config];
  if (depth === 0) return [];
  return imageEntries(manifest).flatMap(({ digest }) => {
    const child = atHand.get(digest)?.manifest;
    return child === undefined ? [] : imagesIn(child, atHand, depth - 1);
  });
}

function isWhole(manifest: ImageManifest | ImageIndex, atHand: Manifests, depth: number): boolean {
  if (manifest.kind === 'manifest') return true;
  if (depth === 0) return false;
  return imageEntries(manifest).every(({ digest }) => {
    const child = atHand.get(digest)?.manifest;
    return child !== undefined && isWhole(child, atHand, depth - 1);
  });
}

/** What an index names beside build records. */
export function imageEntries(index: ImageIndex): readonly IndexEntry[] {
  return index.manifests.filter((entry) => !entry.isAttestation);
}
