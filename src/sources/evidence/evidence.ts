import type { Proof } from '../../facts/claim.ts';
import type { ImageIndex, ImageManifest } from '../../oci/manifest.ts';
import type { Problem } from '../../system/problems.ts';

/** A manifest or index whose bytes were read and hash to its digest. */
export interface ProvenManifest {
  readonly digest: string;
  /** As they were read: at most 4 MiB. */
  readonly bytes: Buffer;
  readonly manifest: ImageManifest | ImageIndex;
}

/** A source has a digest, under a name that it knows or under none. */
export interface DescribedDigest {
  /** Of a manifest in `manifests`. */
  readonly digest: string;
  /** Familiar name of the repository; undefined where the source does not say. */
  readonly repository: string | undefined;
  /** The tag of that repository under which the source has it. */
  readonly tag?: string | undefined;
  /** The images for which the source had it, where it says so. They count only if a manifest proves them. */
  readonly images?: readonly string[] | undefined;
  /** For the reader of a plan: "registry.example.com", "index.json of app.tar". */
  readonly detail: string;
}

/** A reference and an image that a source tells of without a manifest that proves it. */
export interface UnverifiedReference {
  /** Familiar form, with a tag or a digest. */
  readonly reference: string;
  readonly imageId: string;
  readonly detail: string;
}

/** An image in a source that cannot say by which digest a registry knows it. */
export interface ImageWithoutDigest {
  readonly imageId: string;
  /** Familiar references by which the source has it. */
  readonly tags: readonly string[];
  readonly detail: string;
}

/**
 * What a source holds: bytes that prove themselves, the names under which it has them, and what it only says.
 * Independent of what is on this host; match-evidence.ts compares the two.
 */
export interface Evidence {
  /** As in --from. */
  readonly source: string;
  /** The manifests that described digests name and, of an index, the manifests that it names, where the source has them. */
  readonly manifests: ReadonlyMap<string, ProvenManifest>;
  readonly describedDigests: readonly DescribedDigest[];
  readonly unverified: readonly UnverifiedReference[];
  readonly withoutDigest: readonly ImageWithoutDigest[];
  /** What the source's word for a tag is worth. */
  readonly tagProof: Proof;
  /** Configs of images that were at hand, by digest, to which their bytes hash: at most 4 MiB each. */
  readonly configs?: ReadonlyMap<string, Buffer> | undefined;
  /** "linux/arm64/v8", by image ID, of configs that were at hand. */
  readonly platforms: ReadonlyMap<string, string>;
  /** What could not be read; the rest does not depend on it. */
  readonly problems: readonly Problem[];
}
