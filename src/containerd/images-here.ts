import { diffIdsOf } from '../dataroot/image-config.ts';
import type { Engine, EngineImage } from '../engine/engine.ts';
import { mayBeSamePlatform, platformOfConfig } from '../oci/platform.ts';
import { impliedRepository } from '../repositories/patch.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import type { LocalImages } from '../sources/evidence/local-images.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import { isFields, parseJson, stringField } from '../util/json.ts';
import type { Progress } from '../util/progress.ts';

export interface ReadImagesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Inspections under way at one time. */
const concurrency = 4;

/**
 * The images of a daemon with the containerd image store, with their layers as far as it shows them.
 * @throws RefstoreError ENGINE_FAILED, LIMIT_EXCEEDED, ABORTED
 */
export async function readEngineImages(
  engine: Engine,
  { signal, onProgress }: ReadImagesOptions = {},
): Promise<EngineImage[]> {
  const listed = await engine.images({ signal });
  const inspected = new Map<string, EngineImage>();
  let done = 0;
  await forEachConcurrently(listed, concurrency, async ({ id, tags, digests }) => {
    const image = await engine.inspectImage(id, { signal });
    // Removed meanwhile.
    if (image !== undefined) inspected.set(id, { ...image, id, tags, digests });
    onProgress?.({ done: ++done, total: listed.length });
  });
  return listed.flatMap(({ id }) => inspected.get(id) ?? []);
}

/** The tags alone: the daemon makes digests up for every name, and no registry knows them. */
export function taggedHere(images: readonly EngineImage[]): Repositories {
  return Repositories.fromEntries(images.flatMap((image) => tagEntries(image, image.id)));
}

/**
 * The images on this host, which evidence is matched against. The daemon does not say which config an image has, and its image
 * ID is the digest of a manifest. A config is taken for that of an image here when its diff IDs are the image's layers:
 * its content then is what the config promises, and the record that is made brings the config along.
 */
export function imagesHere(
  images: readonly EngineImage[],
  configs: ReadonlyMap<string, Buffer>,
): LocalImages {
  const known = new Map<string, string | undefined>(images.map(({ id, platform }) => [id, platform]));
  const byLayers = new Map<string, EngineImage[]>();
  for (const image of images) {
    const key = image.layers?.join(' ') ?? '';
    if (key !== '') byLayers.set(key, [...(byLayers.get(key) ?? []), image]);
  }
  const configOf = new Map<EngineImage, { readonly digest: string; readonly isSameTime: boolean }>();
  for (const [digest, config] of configs) {
    const platform = platformOfConfig(config);
    const found = (byLayers.get(diffIdsOf(config)?.join(' ') ?? '') ?? []).filter((image) =>
      mayBeSamePlatform(image.platform, platform),
    );
    if (found.length > 0) known.set(digest, platform);
    for (const image of found) {
      // Two images may differ in their configs alone; the time tells them apart.
      const isSameTime = sameTime(image.created, createdOf(config));
      const before = configOf.get(image);
      if (before === undefined || (isSameTime && !before.isSameTime)) {
        configOf.set(image, { digest, isSameTime });
      }
    }
  }
  const entries = images.flatMap((image) => tagEntries(image, configOf.get(image)?.digest ?? image.id));
  return { images: known, repositories: Repositories.fromEntries(entries) };
}

function tagEntries({ tags }: EngineImage, imageId: string): Entry[] {
  return tags.flatMap((reference) => {
    const repository = reference.includes('@') ? undefined : impliedRepository(reference);
    return repository === undefined ? [] : { repository, reference, imageId };
  });
}

function createdOf(config: Buffer): string | undefined {
  const parsed = parseJson(config);
  return 'value' in parsed && isFields(parsed.value) ? stringField(parsed.value, 'created') : undefined;
}

function sameTime(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && Date.parse(left) === Date.parse(right);
}
