import { planRestore } from '../digests/plan/restore-plan.ts';
import type { PlannedRestore } from '../digests/restore.ts';
import type { Engine } from '../engine/engine.ts';
import { RefstoreError, withOutcome } from '../errors.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { matchEvidence } from '../sources/evidence/match-evidence.ts';
import type { Store } from '../store/store.ts';
import { throwIfAborted } from '../util/abort.ts';
import type { Progress } from '../util/progress.ts';
import type { PlannedImage, PlannedLoad } from './plan-load.ts';

export interface LoadArchiveOptions {
  readonly engine: Engine;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the daemon has taken. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Which digests the images will lack when they are loaded into a daemon's own image store, planned as if they were
 * there: what digests restore then writes.
 * @throws RefstoreError INVALID_REPOSITORIES_FILE, READ_FAILED, LIMIT_EXCEEDED, ABORTED
 */
export async function planLoadedDigests(
  store: Store,
  { images, evidence }: Pick<PlannedLoad, 'images' | 'evidence'>,
  signal?: AbortSignal,
): Promise<PlannedRestore> {
  throwIfAborted(signal);
  const repositories = withTags((await store.read()).repositories, images);
  // Of an index only the image that is loaded is meant, whichever others are here.
  const loaded = new Map(images.map(({ imageId, platform }) => [imageId, platform]));
  const { matches } = matchEvidence(evidence, { images: loaded, repositories });
  return {
    ...planRestore(matches, repositories),
    policy: {},
    manifests: evidence.manifests,
    problems: evidence.problems,
  };
}

function withTags(repositories: Repositories, images: readonly PlannedImage[]): Repositories {
  let result = repositories;
  for (const { imageId, tags } of images) {
    for (const tag of tags) result = result.addTag(tag, imageId, { force: true });
  }
  return result;
}

/**
 * Sends the archive to the daemon, and asks it for every image by every name that it got.
 * @returns what the daemon says, a line each
 * @throws RefstoreError SOURCE_FAILED when the archive turns out not to be what it promises, ENGINE_FAILED, ABORTED:
 *   nothing was loaded, unless `outcome.imageLoaded` says so; NOT_VERIFIED when the daemon has something else afterwards
 */
export async function loadArchive(
  planned: PlannedLoad,
  { engine, signal, onProgress }: LoadArchiveOptions,
): Promise<string[]> {
  const { size: total } = planned;
  const said = await engine.loadImages(planned.open(signal), {
    signal,
    onSent: (done) => onProgress?.({ done: total === 0 ? done : Math.min(done, total), total }),
  });
  try {
    for (const image of planned.images) await verify(image, planned, engine, signal);
  } catch (error) {
    throw withOutcome(error, { file: 'old', imageLoaded: true });
  }
  return said;
}

async function verify(
  { imageId, digest, tags }: PlannedImage,
  { imageStore, archive }: PlannedLoad,
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<void> {
  // What docker save wrote has no digest there until the daemon has made a manifest for it.
  const isKnown = imageStore === 'graphdriver' || digest !== undefined;
  for (const name of tags.length > 0 || !isKnown ? tags : [imageId]) {
    const found = await engine.inspectImage(name, { signal });
    const hasDigest = (found?.digests ?? []).some((one) => one.endsWith(`@${digest}`));
    const isSo = imageStore === 'graphdriver' ? found?.id === imageId : found?.id === imageId || hasDigest;
    if (found !== undefined && (isSo || !isKnown)) continue;
    const what = found === undefined ? 'does not find it' : `has ${found.id} there`;
    throw new RefstoreError(
      'NOT_VERIFIED',
      `the Docker daemon at ${engine.host} took ${archive}, after which ${name} should be ${imageId}, but it ${what}`,
      {
        hint: 'its log may say why; or did somebody else tag or remove it meanwhile?',
        details: { name, expected: imageId, found: found?.id ?? null, digest: digest ?? null },
      },
    );
  }
}
