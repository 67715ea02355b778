import type { Engine } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import type { Evidence } from '../sources/evidence/evidence.ts';
import { findArchives } from './find-archives.ts';
import { type PlanLoadOptions, type PlannedLoad, planLoad } from './plan-load.ts';

export interface PlannedPart extends PlannedLoad {
  /** All of its images are here, under all of their names: it is not sent again. */
  readonly isThere: boolean;
}

/** Several archives as one load: the digests of all are planned, and written, at once. */
export interface PlannedLoads extends Omit<PlannedLoad, 'open'> {
  readonly parts: readonly PlannedPart[];
}

/**
 * What it takes to load archives, layouts, and folders of them. Nothing is sent yet, and what cannot be read of one is
 * thrown before any is.
 * @throws RefstoreError as planLoad; USAGE where two of them give one name to different images
 */
export async function planLoads(paths: readonly string[], options: PlanLoadOptions): Promise<PlannedLoads> {
  const archives = await findArchives(paths);
  if (options.as !== undefined && archives.length > 1) {
    throw new RefstoreError('USAGE', `--as names one image, and there are ${archives.length} archives`, {
      hint: 'load the one that it is for by itself',
    });
  }
  const parts: PlannedPart[] = [];
  for (const archive of archives) {
    const planned = await planLoad(archive, options);
    parts.push({ ...planned, isThere: await isThere(planned, options) });
  }
  refuseOneNameForTwo(parts);
  const [first] = parts;
  if (first === undefined) throw new TypeError('no archive was named');
  return {
    archive: parts.length === 1 ? first.archive : `${parts.length} archives`,
    imageStore: first.imageStore,
    images: parts.flatMap(({ images }) => images),
    moved: parts.flatMap(({ moved }) => moved),
    remarks: parts.flatMap(({ remarks }) => remarks),
    evidence: parts.length === 1 ? first.evidence : merged(parts.map(({ evidence }) => evidence)),
    size: parts.reduce((sum, { size, isThere: done }) => sum + (done ? 0 : size), 0),
    parts,
  };
}

async function isThere(
  { images, imageStore }: PlannedLoad,
  { engine, signal }: PlanLoadOptions,
): Promise<boolean> {
  for (const { imageId, digest, tags } of images) {
    // What docker save wrote has no ID there until it is loaded.
    if (tags.length === 0 || (imageStore === 'containerd' && digest === undefined)) return false;
    for (const tag of tags) {
      const found = await engine.inspectImage(tag, { signal });
      if (found?.id !== imageId) return false;
      if (imageStore === 'containerd' && !(await isWhole(tag, found.layers, engine, signal))) return false;
    }
  }
  return images.length > 0;
}

/** A record may be there without its layers (28.5), or without what they are unpacked to (26.1). */
async function isWhole(
  tag: string,
  layers: readonly string[] | undefined,
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return layers !== undefined && (await engine.hasHistory(tag, { signal }));
}

function refuseOneNameForTwo(parts: readonly PlannedPart[]): void {
  const given = new Map<string, { readonly imageId: string; readonly archive: string }>();
  for (const { archive, images } of parts) {
    for (const { imageId, tags } of images) {
      for (const tag of tags) {
        const other = given.get(tag);
        if (other !== undefined && other.imageId !== imageId) {
          throw new RefstoreError(
            'USAGE',
            `${other.archive} and ${archive} hold different images that would both be called ${tag}`,
            { hint: 'leave one of them out', details: { tag, archives: [other.archive, archive] } },
          );
        }
        given.set(tag, { imageId, archive });
      }
    }
  }
}

function merged(all: readonly Evidence[]): Evidence {
  return {
    source: 'the archives',
    manifests: new Map(all.flatMap(({ manifests }) => [...manifests])),
    configs: new Map(all.flatMap(({ configs }) => [...(configs ?? [])])),
    platforms: new Map(all.flatMap(({ platforms }) => [...platforms])),
    describedDigests: all.flatMap(({ describedDigests }) => describedDigests),
    unverified: all.flatMap(({ unverified }) => unverified),
    withoutDigest: all.flatMap(({ withoutDigest }) => withoutDigest),
    problems: all.flatMap(({ problems }) => problems),
    tagProof: 'file',
  };
}
