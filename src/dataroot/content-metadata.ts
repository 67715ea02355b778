import { setTimeout as delay } from 'node:timers/promises';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { canonicalName, familiarName } from '../reference/reference.ts';
import { Folder, type OpenedFile } from '../system/folder.ts';
import type { ProgressTracker } from '../util/progress.ts';
import type { ReadFailure } from '../util/read-failure.ts';
import { BoltFile, type Bucket } from './bolt/bolt.ts';
import { BoltError } from './bolt/bolt-error.ts';

/** What containerd knows about a blob that the daemon keeps for its images. */
export interface KeptContent {
  /** Familiar names of the repositories that it was pulled from, sorted. */
  readonly repositories: readonly string[];
  /** IDs of the images for which the daemon keeps it. */
  readonly images: readonly string[];
}

/** By digest. */
export type ContentMetadata = ReadonlyMap<string, KeptContent>;

/** Of the daemon; with userns-remap it has a suffix. Others (k8s.io, buildkit) are not the daemon's pulls. */
export const namespacePattern = /^moby(?:[-.].*)?$/;
const digestPattern = /^sha256:[a-f0-9]{64}$/;
const leasePattern = /^moby-image-(sha256:[a-f0-9]{64})$/;
const sourceLabel = 'containerd.io/distribution.source.';
/** A key and a value together have at most 4096 bytes (containerd v2.1.4 pkg/labels/validate.go). */
const maxLabelLength = 4096;
const tries = 5;
const waitMs = 50;

/**
 * What containerd's metadata says about the content that the daemon pulled for its own image store. A lease
 * `moby-image-<image ID>` holds each manifest and index of an image as long as the image is there
 * (v1/<namespace>/leases/<lease>/content/<digest>); what has no such lease came with the containerd image store.
 * The names are in v1/<namespace>/content/blob/<digest>/labels: for each registry one
 * `containerd.io/distribution.source.<host>` = `repository[,repository…]` (containerd v2.1.4
 * core/metadata/buckets.go; moby v28.5.2 distribution/manifest.go; moby v28.5.2 daemon/images/store.go). If a running
 * containerd writes meanwhile, the file is read again.
 * @param root of containerd
 * @throws RefstoreError ABORTED
 */
export async function readContentMetadata(
  root: Folder,
  tracker: ProgressTracker,
): Promise<ContentMetadata | ReadFailure> {
  return await readMetadata(root, (bolt) => collect(bolt, tracker));
}

/**
 * Reads from containerd's metadata, again where a running containerd wrote meanwhile.
 * @param root of containerd
 */
export async function readMetadata<T extends object>(
  root: Folder,
  read: (bolt: BoltFile) => Promise<T>,
): Promise<T | ReadFailure> {
  const folder = root.folder('io.containerd.metadata.v1.bolt');
  const file = folder instanceof Folder ? folder.open('meta.db') : folder;
  if ('problem' in file) return file;
  try {
    // containerd initialises an empty file like a missing one (bbolt v1.4.3 db.go, Open).
    if (file.size() === 0) return { problem: 'missing', reason: 'it is empty' };
    for (let left = tries; left > 0; left--) {
      const result = await readOnce(file, read);
      if (result !== undefined) return result;
      await delay(waitMs);
    }
    return { problem: 'unreadable', reason: 'it is written to all the time; try again' };
  } catch (error) {
    if (error instanceof BoltError) {
      return { problem: error.isLimit ? 'too-many' : 'damaged', reason: error.message };
    }
    throw error;
  } finally {
    file.close();
  }
}

/** @returns undefined when the file changed meanwhile */
async function readOnce<T>(file: OpenedFile, read: (bolt: BoltFile) => Promise<T>): Promise<T | undefined> {
  const bolt = new BoltFile((position, length) => file.read(position, length), file.size());
  try {
    const result = await read(bolt);
    return bolt.isCurrent() ? result : undefined;
  } catch (error) {
    // A tree that was written over while it was read looks broken.
    if (error instanceof BoltError && !bolt.isCurrent()) return undefined;
    throw error;
  }
}

async function collect(bolt: BoltFile, tracker: ProgressTracker): Promise<ContentMetadata> {
  const kept = new Map<string, KeptContent>();
  for (const { key, bucket: namespace } of bolt.root.bucket('v1')?.pairs() ?? []) {
    if (namespace === undefined || !namespacePattern.test(text(key))) continue;
    const wanted = await leased(namespace, tracker);
    if (wanted.size === 0) continue;
    const names = await repositoriesOf(namespace, wanted, tracker);
    for (const [digest, images] of wanted) {
      const before = kept.get(digest);
      kept.set(digest, {
        repositories: union(before?.repositories, names.get(digest)),
        images: union(before?.images, images),
      });
    }
  }
  return kept;
}

async function leased(namespace: Bucket, tracker: ProgressTracker): Promise<Map<string, string[]>> {
  const images = new Map<string, string[]>();
  for (const { key, bucket: lease } of namespace.bucket('leases')?.pairs() ?? []) {
    const imageId = leasePattern.exec(text(key))?.[1];
    if (imageId === undefined) continue;
    for (const { key: name } of lease?.bucket('content')?.pairs() ?? []) {
      const digest = text(name);
      if (!digestPattern.test(digest)) continue;
      const others = images.get(digest);
      if (others === undefined) images.set(digest, [imageId]);
      else others.push(imageId);
    }
    const rest = tracker.yieldToEventLoop();
    if (rest !== undefined) await rest;
  }
  return images;
}

/** One walk over all blobs: to look each one up would be a way down the tree for each. */
async function repositoriesOf(
  namespace: Bucket,
  wanted: ReadonlyMap<string, unknown>,
  tracker: ProgressTracker,
): Promise<Map<string, string[]>> {
  const repositories = new Map<string, string[]>();
  for (const { key, bucket: blob } of namespace.bucket('content', 'blob')?.pairs() ?? []) {
    const digest = text(key);
    const labels = wanted.has(digest) ? blob?.bucket('labels') : undefined;
    if (labels !== undefined) repositories.set(digest, repositoriesIn(labels));
    const rest = tracker.yieldToEventLoop();
    if (rest !== undefined) await rest;
  }
  return repositories;
}

function repositoriesIn(labels: Bucket): string[] {
  const names = new Set<string>();
  for (const { key, value } of labels.pairs()) {
    if (value === undefined || key.length + value.length > maxLabelLength) continue;
    const label = text(key);
    if (!label.startsWith(sourceLabel)) continue;
    const host = label.slice(sourceLabel.length);
    for (const path of text(value).split(',')) names.add(`${host}/${path}`);
  }
  // With the containerd image store the label leaves the port out: a pull from host:5000 can give two.
  for (const name of [...names]) {
    const withPort = /^([^/]+):[0-9]+(\/.*)$/.exec(name);
    if (withPort !== null) names.delete(`${withPort[1]}${withPort[2]}`);
  }
  return [...names].flatMap(familiar);
}

/** Only what is a name and nothing else; the label is written from a parsed reference's domain and path. */
function familiar(name: string): string[] {
  const reference = tryParseNormalizedNamed(name);
  if (reference === undefined || canonicalName(reference) !== name) return [];
  return [familiarName(reference)];
}

function union(left: readonly string[] = [], right: readonly string[] = []): string[] {
  return [...new Set([...left, ...right])].sort();
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
