import { hash } from 'node:crypto';
import type { ContainerdRecord } from '../facts/facts.ts';
import { imageEntries } from '../oci/digest-proofs.ts';
import { manifestLimit, parseManifest } from '../oci/manifest.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarString } from '../reference/reference.ts';
import { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import type { BoltFile, Bucket } from './bolt/bolt.ts';
import { namespacePattern, readMetadata, text } from './content-metadata.ts';
import { type ContentOptions, containerdFolders } from './content-store.ts';
import { configLimit, diffIdsOf } from './image-config.ts';

const digestPattern = /^sha256:([a-f0-9]{64})$/;
/** An index may name an index. */
const maxDepth = 2;

interface Metadata {
  /** Canonical name and target, of the daemon's namespaces. */
  readonly images: readonly { readonly name: string; readonly target: string }[];
  /** Chain IDs of what is unpacked, of any snapshotter. */
  readonly snapshots: ReadonlySet<string>;
}

/**
 * The images of the containerd image store, as containerd's own metadata has them, with what is there of each; also of
 * a store that is not in use (containerd v2.1.4 core/metadata/buckets.go: v1/<namespace>/images, v1/<namespace>/snapshots).
 * @returns none where there is no containerd, or its metadata cannot be read: readContentStore tells that
 * @throws RefstoreError ABORTED
 */
export async function readContainerdImages(
  dataRoot: Folder,
  { tracker, containerdRoot }: Pick<ContentOptions, 'tracker' | 'containerdRoot'>,
): Promise<ContainerdRecord[]> {
  const records: ContainerdRecord[] = [];
  for (const root of containerdFolders(dataRoot, { containerdRoot, problems: new Problems() })) {
    const metadata = await readMetadata(root, collect);
    const blobs = root.folder('io.containerd.content.v1.content', 'blobs', 'sha256');
    if ('problem' in metadata || !(blobs instanceof Folder)) continue;
    for (const { name, target } of metadata.images) {
      const reference = tryParseNormalizedNamed(name);
      if (reference === undefined || name.startsWith('moby-dangling@')) continue;
      const missing = whatIsMissing(target, blobs, metadata.snapshots, maxDepth);
      records.push({ reference: familiarString(reference), target, ...(missing && { missing }) });
      const rest = tracker.yieldToEventLoop();
      if (rest !== undefined) await rest;
    }
  }
  return records;
}

async function collect(bolt: BoltFile): Promise<Metadata> {
  const images: { name: string; target: string }[] = [];
  const snapshots = new Set<string>();
  for (const { key, bucket: namespace } of bolt.root.bucket('v1')?.pairs() ?? []) {
    if (namespace === undefined || !namespacePattern.test(text(key))) continue;
    for (const { key: name, bucket: image } of namespace.bucket('images')?.pairs() ?? []) {
      const target = image?.bucket('target')?.get('digest');
      if (target !== undefined) images.push({ name: text(name), target: text(target) });
    }
    for (const name of snapshotNames(namespace)) snapshots.add(name);
  }
  return { images, snapshots };
}

function* snapshotNames(namespace: Bucket): Generator<string> {
  for (const { bucket: snapshotter } of namespace.bucket('snapshots')?.pairs() ?? []) {
    for (const { key } of snapshotter?.pairs() ?? []) yield text(key);
  }
}

/** Undefined where a container can be made: of an index one of the images that are there is enough. */
function whatIsMissing(
  digest: string,
  blobs: Folder,
  snapshots: ReadonlySet<string>,
  depth: number,
): ContainerdRecord['missing'] {
  const bytes = read(digest, blobs, manifestLimit);
  const manifest = bytes && parseManifest(bytes);
  if (manifest === undefined || 'problem' in manifest || depth === 0) return 'manifest';
  if (manifest.kind === 'index') {
    const below = imageEntries(manifest).map((entry) =>
      whatIsMissing(entry.digest, blobs, snapshots, depth - 1),
    );
    return below.includes(undefined) ? undefined : (below.find((one) => one !== 'manifest') ?? 'manifest');
  }
  const config = read(manifest.config, blobs, configLimit);
  const diffIds = config && diffIdsOf(config);
  if (diffIds === undefined) return 'config';
  const isUnpacked = chainIds(diffIds).every((chainId) => snapshots.has(chainId));
  return isUnpacked || manifest.layers.every((layer) => has(layer, blobs)) ? undefined : 'layers';
}

function read(digest: string, blobs: Folder, limit: number): Buffer | undefined {
  const name = digestPattern.exec(digest)?.[1];
  const bytes = name === undefined ? undefined : blobs.read(name, limit);
  if (bytes === undefined || 'problem' in bytes) return undefined;
  return hash('sha256', bytes) === name ? bytes : undefined;
}

function has(digest: string, blobs: Folder): boolean {
  const name = digestPattern.exec(digest)?.[1];
  return name !== undefined && typeof blobs.sizeOf(name) === 'number';
}

/** By which a snapshotter keeps a layer upon those below it (image-spec, config.md: ChainID). */
function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : `sha256:${hash('sha256', `${below} ${diffId}`)}`);
  }
  return chain;
}
