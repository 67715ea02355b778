import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Engine, ImageStore } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import { mayBeSamePlatform } from '../oci/platform.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { canonicalString } from '../reference/reference.ts';
import type { Evidence } from '../sources/evidence/evidence.ts';
import { readFailed } from '../system/regular-file.ts';
import { throwIfAborted } from '../util/abort.ts';
import { type DockerContent, type OciContent, readContent } from './archive-content.ts';
import { chooseImage } from './choose-images.ts';
import { dockerForm, dockerFormImage, layersOf, sizeOfLayers } from './docker-form.ts';
import { layoutForm, namedIndex } from './layout-form.ts';
import { nameDescribedDigests, parseGivenName } from './names.ts';

export interface PlanLoadOptions {
  readonly engine: Engine;
  /** "linux/arm64": of an index its image for it, instead of the daemon's own platform. */
  readonly platform?: string | undefined;
  /** `NAME[:TAG]`: for an archive that does not name its image, or names it otherwise. */
  readonly as?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image that the daemon will have. */
export interface PlannedImage {
  /** By which the daemon finds it: of its config, or with the containerd image store of its manifest or index. */
  readonly imageId: string;
  /** Of its manifest or index; undefined where the archive does not know it. */
  readonly digest: string | undefined;
  /** "linux/arm64"; undefined where it is not known, or where it is for several. */
  readonly platform: string | undefined;
  /** Familiar references with a tag. */
  readonly tags: readonly string[];
}

export interface PlannedLoad {
  readonly archive: string;
  readonly imageStore: ImageStore;
  readonly images: readonly PlannedImage[];
  /** Tags that are here, at another image. */
  readonly moved: readonly { readonly tag: string; readonly from: string; readonly to: string }[];
  /** What to know before it is loaded, a sentence each. */
  readonly remarks: readonly string[];
  /** What the archive proves, under the names that its images get. */
  readonly evidence: Evidence;
  /** In bytes, about. */
  readonly size: number;
  /** What is sent to the daemon. */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

type Plan = Omit<PlannedLoad, 'moved' | 'archive' | 'imageStore'>;

/**
 * What it takes to load an archive of images (OCI or docker save), or a folder with an OCI image layout, into the
 * image store that the daemon uses. Nothing is sent yet.
 * @throws RefstoreError USAGE, SOURCE_FAILED, READ_FAILED, NOT_A_REGULAR_FILE, LIMIT_EXCEEDED, ENGINE_FAILED, ABORTED
 */
export async function planLoad(path: string, options: PlanLoadOptions): Promise<PlannedLoad> {
  const { engine, signal } = options;
  const imageStore = await engine.imageStore({ signal });
  const content = await readContent(path, signal);
  const plan = await (content.kind === 'docker'
    ? planDocker(content, options, imageStore)
    : imageStore === 'containerd'
      ? planLayout(content, options)
      : planConversion(content, options));
  return { ...plan, archive: path, imageStore, moved: await movedTags(plan.images, imageStore, options) };
}

/** What docker save wrote, every engine takes as it is. */
async function planDocker(
  content: DockerContent,
  { platform, as }: PlanLoadOptions,
  imageStore: ImageStore,
): Promise<Plan> {
  const { path, images, evidence } = content;
  if (as !== undefined) {
    throw new RefstoreError(
      'USAGE',
      `--as gives a name to an image of an OCI archive, and ${path} is one of docker save`,
      {
        hint: 'load it without --as; docker tag gives it another name afterwards',
      },
    );
  }
  const planned = images.map(({ imageId, tags }) => {
    const digest = evidence.describedDigests.find(({ digest: one }) =>
      proves(evidence, one, imageId),
    )?.digest;
    return { imageId, digest, platform: evidence.platforms.get(imageId), tags };
  });
  for (const { imageId, platform: own } of planned) {
    if (platform !== undefined && !mayBeSamePlatform(own, platform)) {
      throw new RefstoreError('SOURCE_FAILED', `${path}: ${imageId} is for ${own}, not for ${platform}`, {
        hint: 'an archive of docker save holds one image for each name: leave --platform out',
        details: { source: content.source, where: path },
      });
    }
  }
  const remarks =
    evidence.describedDigests.length > 0
      ? []
      : [
          `${path} was written by docker save, which does not keep the digests of a registry: none can be restored from it`,
        ];
  return {
    // With the containerd image store the daemon makes manifests of its own, whose digests nobody knows before.
    images:
      imageStore === 'containerd'
        ? planned.map((image) => ({ ...image, imageId: image.digest ?? image.imageId }))
        : planned,
    remarks,
    evidence,
    size: (await stat(path)).size,
    open: (signal) => asItIs(path, signal),
  };
}

/** For the containerd image store: all of it as it is, under whole names. */
async function planLayout(content: OciContent, { as, platform }: PlanLoadOptions): Promise<Plan> {
  const { path, evidence } = content;
  const describedDigests = nameDescribedDigests(
    evidence.describedDigests,
    as === undefined ? undefined : parseGivenName(as),
    path,
  );
  const images = describedDigests.map(({ digest, repository, tag }) => {
    const manifest = evidence.manifests.get(digest)?.manifest;
    const own = manifest?.kind === 'manifest' ? evidence.platforms.get(manifest.config) : undefined;
    return { imageId: digest, digest, platform: own, tags: [`${repository}:${tag}`] };
  });
  const named = describedDigests.map(({ digest, repository, tag }) => {
    const { bytes, manifest } = evidence.manifests.get(digest) ?? {};
    const name = canonicalString(parseNormalizedNamed(`${repository}:${tag}`));
    return { digest, mediaType: manifest?.mediaType ?? '', size: bytes?.length ?? 0, name };
  });
  const index = namedIndex(named);
  return {
    images,
    remarks:
      platform === undefined
        ? []
        : ['the containerd image store takes all platforms of the archive: --platform chooses nothing here'],
    evidence: { ...evidence, describedDigests },
    size: sizeOfLayers([...evidence.manifests.values()].flatMap(({ bytes }) => layersOf(bytes))),
    open: (signal) => layoutForm(content, index, signal),
  };
}

/** For a daemon that takes no OCI archive: turned into what docker save writes, as it flows. */
async function planConversion(
  content: OciContent,
  { as, platform: asked, engine, signal }: PlanLoadOptions,
): Promise<Plan> {
  const { path, evidence } = content;
  const host = await engine.platform({ signal });
  const describedDigests = nameDescribedDigests(
    evidence.describedDigests,
    as === undefined ? undefined : parseGivenName(as),
    path,
  );
  const chosen = describedDigests.map((describedDigest) =>
    chooseImage(describedDigest, evidence, path, { host, asked }),
  );
  const byImage = new Map<string, { image: (typeof chosen)[number]; tags: string[] }>();
  for (const [index, image] of chosen.entries()) {
    const { config } = image.manifest.manifest;
    const { repository, tag } = describedDigests[index] as (typeof describedDigests)[number];
    const before = byImage.get(config);
    if (before === undefined) byImage.set(config, { image, tags: [`${repository}:${tag}`] });
    else before.tags.push(`${repository}:${tag}`);
  }
  const images = [...byImage.values()].map(({ image, tags }) => {
    const canonical = tags.map((tag) => canonicalString(parseNormalizedNamed(tag)));
    return dockerFormImage(image, [...new Set(canonical)], content);
  });
  return {
    images: [...byImage].map(([imageId, { image, tags }]) => ({
      imageId,
      digest: image.describedDigest.digest,
      platform: image.platform,
      tags: [...new Set(tags)],
    })),
    remarks: chosen.flatMap(({ platform, describedDigest }) =>
      mayBeSamePlatform(platform, host)
        ? []
        : [
            `${describedDigest.digest} is for ${platform}, and the daemon runs on ${host}: its programs need emulation`,
          ],
    ),
    evidence: { ...evidence, describedDigests },
    size: sizeOfLayers(images.flatMap(({ layers }) => layers)),
    open: (aborted) => dockerForm(content, images, aborted),
  };
}

function proves({ manifests }: Evidence, digest: string, imageId: string): boolean {
  const top = manifests.get(digest)?.manifest;
  if (top === undefined) return false;
  if (top.kind === 'manifest') return top.config === imageId;
  return top.manifests.some((entry) => {
    const child = manifests.get(entry.digest)?.manifest;
    return child?.kind === 'manifest' && child.config === imageId;
  });
}

async function* asItIs(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      throwIfAborted(signal);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof RefstoreError) throw error;
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}

async function movedTags(
  images: readonly PlannedImage[],
  imageStore: ImageStore,
  { engine, signal }: PlanLoadOptions,
): Promise<PlannedLoad['moved']> {
  const moved: { tag: string; from: string; to: string }[] = [];
  for (const { imageId, digest, tags } of images) {
    // What docker save wrote gets its ID there when it is loaded.
    if (imageStore === 'containerd' && digest === undefined) continue;
    for (const tag of tags) {
      const from = (await engine.inspectImage(tag, { signal }))?.id;
      if (from !== undefined && from !== imageId) moved.push({ tag, from, to: imageId });
    }
  }
  return moved;
}
