import { RefstoreError } from '../../errors.ts';
import { platformOfConfig } from '../../oci/platform.ts';
import { familiarName, familiarString, type Reference } from '../../reference/reference.ts';
import { Problems } from '../../system/problems.ts';
import { forEachConcurrently } from '../../util/concurrency.ts';
import type { SourceContext } from '../claim-source.ts';
import type { DescribedDigest, Evidence, ProvenManifest } from '../evidence/evidence.ts';
import type { LocalImages } from '../evidence/local-images.ts';
import { RegistryClient } from './client.ts';
import { gatherConfigs } from './image-configs.ts';
import { gatherBelow } from './image-manifests.ts';
import { defaultConcurrency } from './options.ts';

export interface AskOptions {
  /** As in --from. */
  readonly source: string;
  readonly local: LocalImages;
  readonly context: SourceContext;
  /** The one thing that was asked for: that it cannot be had is a failure. */
  readonly isOne: boolean;
}

/**
 * What registries have for these references, several of them at a time.
 * @throws RegistryError for the one reference; RefstoreError ABORTED, LIMIT_EXCEEDED, USAGE, READ_FAILED
 */
export async function askRegistries(
  references: readonly Reference[],
  { source, local, context, isOne }: AskOptions,
): Promise<Evidence> {
  const { signal: asked, onProgress, registry = {}, platforms = [], withConfigs = false } = context;
  const stop = new AbortController();
  const signal = asked === undefined ? stop.signal : AbortSignal.any([asked, stop.signal]);
  const client = new RegistryClient(registry);
  const problems = new Problems();
  const manifests = new Map<string, ProvenManifest>();
  const configs = new Map<string, Buffer>();
  const describedDigests = new Map<number, DescribedDigest>();
  const total = references.length;
  let done = 0;
  onProgress?.({ done, total });
  try {
    await forEachConcurrently(
      [...references.entries()],
      registry.concurrency ?? defaultConcurrency,
      async ([place, reference]) => {
        try {
          const fetched = await client.manifest(reference, signal);
          const { digest, manifest, host } = fetched;
          manifests.set(digest, fetched);
          const below = { reference, client, manifests, local, platforms, problems, signal };
          if (manifest.kind === 'index') await gatherBelow(manifest, below);
          if (withConfigs) await gatherConfigs(fetched, { ...below, configs });
          const repository = familiarName(reference);
          describedDigests.set(place, { digest, repository, tag: reference.tag, detail: `registry ${host}` });
        } catch (error) {
          // Of many, one that a registry does not have, or lies about, says nothing about the others.
          if (isOne || !(error instanceof RefstoreError) || error.code === 'ABORTED') throw error;
          problems.add(`docker://${familiarString(reference)}`, { reason: error.message });
        }
        onProgress?.({ done: ++done, total });
      },
    );
  } finally {
    // One has failed: what the others still ask for is of no use.
    stop.abort();
    await client.close();
  }
  // In the order in which they were asked for, not as the answers came.
  const inOrder = references.flatMap((_, place) => describedDigests.get(place) ?? []);
  const known = platformsOf(configs);
  const none = { unverified: [], withoutDigest: [], platforms: known, configs };
  return {
    source,
    manifests,
    describedDigests: inOrder,
    tagProof: 'registry',
    ...none,
    problems: problems.list,
  };
}

function platformsOf(configs: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  const platforms = new Map<string, string>();
  for (const [digest, config] of configs) {
    const platform = platformOfConfig(config);
    if (platform !== undefined) platforms.set(digest, platform);
  }
  return platforms;
}
