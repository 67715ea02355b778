import { imageEntries, provenImages } from '../../oci/digest-proofs.ts';
import type { ImageIndex, IndexEntry } from '../../oci/manifest.ts';
import { mayBeSamePlatform } from '../../oci/platform.ts';
import { type Digest, isDigest, parseDigest } from '../../reference/digest.ts';
import { familiarString, nameOnly, type Reference } from '../../reference/reference.ts';
import type { Problems } from '../../system/problems.ts';
import type { ProvenManifest } from '../evidence/evidence.ts';
import type { LocalImages } from '../evidence/local-images.ts';
import type { RegistryClient } from './client.ts';
import { RegistryError } from './registry-error.ts';

/** More platforms than any image has; of an index with more, no more are asked for. */
const maxEntries = 100;

export interface BelowOptions {
  /** Whose index it is. */
  readonly reference: Reference;
  readonly client: RegistryClient;
  /** Where they are put; what is there already is not asked for again. */
  readonly manifests: Map<string, ProvenManifest>;
  readonly local: LocalImages;
  /** Wanted beside those of the images that are here. */
  readonly platforms: readonly string[];
  readonly problems: Problems;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The manifests below an index: those for the platforms that are wanted. Where none of them is an image that is
 * here, all the rest as well: only then it is certain that the index does not name it.
 * @param depth how many indexes may still lie below this one
 * @throws RegistryError, and as RegistryClient.manifest
 */
export async function gatherBelow(index: ImageIndex, options: BelowOptions, depth = 1): Promise<void> {
  const { local, manifests } = options;
  const entries = boundedEntries(index, options);
  const wanted = [...new Set([...local.images.values(), ...options.platforms])];
  const isWanted = ({ platform }: IndexEntry) => wanted.some((one) => mayBeSamePlatform(one, platform));
  await fetchAll(entries.filter(isWanted), options, depth);
  const isFound = provenImages(index, manifests).some((imageId) => local.images.has(imageId));
  if (!isFound && local.images.size > 0) await fetchAll(entries, options, depth);
}

function boundedEntries(index: ImageIndex, { reference, problems }: BelowOptions): readonly IndexEntry[] {
  const distinct = new Map(imageEntries(index).map((entry) => [entry.digest, entry]));
  const entries = [...distinct.values()].filter(({ digest }) => isDigest(digest));
  if (entries.length > maxEntries) {
    problems.add(`docker://${familiarString(reference)}`, {
      reason: `its index names ${entries.length} manifests; only the first ${maxEntries} were looked at`,
    });
  }
  return entries.slice(0, maxEntries);
}

async function fetchAll(entries: readonly IndexEntry[], options: BelowOptions, depth: number): Promise<void> {
  await Promise.all(entries.map(({ digest }) => fetchOne(parseDigest(digest), options, depth)));
}

async function fetchOne(digest: Digest, options: BelowOptions, depth: number): Promise<void> {
  const { reference, client, manifests, problems, signal } = options;
  if (manifests.has(digest)) return;
  const wanted = { ...nameOnly(reference), digest };
  let fetched: ProvenManifest;
  try {
    fetched = await client.manifest(wanted, signal);
  } catch (error) {
    // A registry that keeps only some platforms, or something that is no image, proves the less.
    if (!(error instanceof RegistryError) || !['not-found', 'malformed'].includes(error.reason)) throw error;
    problems.add(`docker://${familiarString(wanted)}`, { reason: error.message });
    return;
  }
  manifests.set(digest, fetched);
  if (fetched.manifest.kind === 'index' && depth > 0) await gatherBelow(fetched.manifest, options, depth - 1);
}
