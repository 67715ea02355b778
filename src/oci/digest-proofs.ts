import type { DigestProof } from '../facts/facts.ts';
import type { ImageIndex, ImageManifest, IndexEntry } from './manifest.ts';

/** Entries of indexes that are looked at for what one digest proves; an honest index has a few dozen. */
const maxLooks = 100_000;
/** The same for a whole content store. */
const maxLooksOfAll = 5_000_000;

/** A manifest that the daemon kept, with the repositories under whose names it was pulled. */
export interface KeptProof {
  readonly digest: string;
  readonly manifest: ImageManifest | ImageIndex;
  readonly repositories: readonly string[];
}

/** What kept manifests prove: which images a digest may stand for. */
export function digestProofs(kept: ReadonlyMap<string, KeptProof>, source: string): DigestProof[] {
  const proofs = new Proofs(kept, maxLooksOfAll);
  return Array.from(kept.values(), ({ digest, manifest, repositories }) => {
    const { images, complete } = proofs.of(manifest, maxDepth);
    return { digest, imageIds: [...images], complete, repositories, source };
  });
}

/** Manifests that are at hand, by digest. */
export type Manifests = ReadonlyMap<string, { readonly manifest: ImageManifest | ImageIndex }>;

/** The images that a digest may stand for: of an index, those of its manifests that are at hand. */
export function provenImages(manifest: ImageManifest | ImageIndex, atHand: Manifests): string[] {
  return [...new Proofs(atHand, maxLooks).of(manifest, maxDepth).images];
}

/** Whether all of an index's image manifests are at hand, so that it stands for no image but the proven ones. */
export function isComplete(manifest: ImageManifest | ImageIndex, atHand: Manifests): boolean {
  return new Proofs(atHand, maxLooks).of(manifest, maxDepth).complete;
}

/** An index may name another index, which names manifests; what lies deeper is never looked at. */
const maxDepth = 2;

interface Proof {
  readonly images: ReadonlySet<string>;
  readonly complete: boolean;
}

const nothing: Proof = { images: new Set(), complete: false };

/**
 * What manifests prove, worked out once a digest: indexes may name each other thousands of times over. Where the
 * looks are used up, what an index proves is not complete, and no more is proven.
 */
class Proofs {
  readonly #atHand: Manifests;
  /** Of indexes that stand in an index. */
  readonly #inner = new Map<string, Proof>();
  #looks: number;

  constructor(atHand: Manifests, maxLooks: number) {
    this.#atHand = atHand;
    this.#looks = maxLooks;
  }

  of(manifest: ImageManifest | ImageIndex, depth: number): Proof {
    if (manifest.kind === 'manifest') return { images: new Set([manifest.config]), complete: true };
    if (depth === 0) return nothing;
    const images = new Set<string>();
    const seen = new Set<string>();
    let complete = true;
    for (const { digest, isAttestation } of manifest.manifests) {
      if (isAttestation || seen.has(digest)) continue;
      seen.add(digest);
      if (this.#looks-- <= 0) return { images, complete: false };
      const proof = this.#named(digest, depth - 1);
      complete &&= proof.complete;
      for (const imageId of proof.images) {
        images.add(imageId);
        if (this.#looks-- <= 0) return { images, complete: false };
      }
    }
    return { images, complete };
  }

  #named(digest: string, depth: number): Proof {
    const manifest = this.#atHand.get(digest)?.manifest;
    if (manifest === undefined) return nothing;
    if (manifest.kind === 'manifest') return this.of(manifest, depth);
    const key = `${depth} ${digest}`;
    let proof = this.#inner.get(key);
    if (proof === undefined) {
      proof = this.of(manifest, depth);
      this.#inner.set(key, proof);
    }
    return proof;
  }
}

/** What an index names beside build records. */
export function imageEntries(index: ImageIndex): readonly IndexEntry[] {
  return index.manifests.filter((entry) => !entry.isAttestation);
}
