import { imageEntries } from '../../oci/digest-proofs.ts';
import { mayBeSamePlatform } from '../../oci/platform.ts';
import { isDigest, parseDigest } from '../../reference/digest.ts';
import { familiarString, nameOnly } from '../../reference/reference.ts';
import type { ProvenManifest } from '../evidence/evidence.ts';
import type { BelowOptions } from './image-manifests.ts';
import { RegistryError } from './registry-error.ts';

export interface ConfigsOptions extends BelowOptions {
  /** Where they are put; what is there already is not asked for again. */
  readonly configs: Map<string, Buffer>;
}

/**
 * The configs of a manifest, or of what an index names for the platforms that are wanted, as far as those manifests
 * were fetched.
 * @throws RegistryError for one whose bytes are others than its digest promises; RefstoreError ABORTED, LIMIT_EXCEEDED
 */
export async function gatherConfigs(top: ProvenManifest, options: ConfigsOptions): Promise<void> {
  const { reference, client, configs, problems, signal } = options;
  for (const digest of new Set(wantedConfigs(top, options, 2))) {
    if (configs.has(digest) || !isDigest(digest)) continue;
    const wanted = { ...nameOnly(reference), digest: parseDigest(digest) };
    try {
      configs.set(digest, await client.config(wanted, signal));
    } catch (error) {
      // The manifest proves what it did before; only the containerd image store needs more.
      if (!(error instanceof RegistryError) || error.reason === 'lie') throw error;
      problems.add(`docker://${familiarString(wanted)}`, { reason: error.message });
    }
  }
}

function wantedConfigs(
  { manifest }: ProvenManifest,
  { manifests, local, platforms, ...rest }: ConfigsOptions,
  depth: number,
): string[] {
  if (manifest.kind === 'manifest') return [manifest.config];
  if (depth === 0) return [];
  const wanted = [...new Set([...local.images.values(), ...platforms])];
  return imageEntries(manifest).flatMap(({ digest, platform }) => {
    const child = manifests.get(digest);
    const isWanted = wanted.some((one) => mayBeSamePlatform(one, platform));
    if (child === undefined || !isWanted) return [];
    return wantedConfigs(child, { manifests, local, platforms, ...rest }, depth - 1);
  });
}
