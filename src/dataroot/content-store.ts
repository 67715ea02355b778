import { hash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type ImageIndex, type ImageManifest, manifestLimit, parseManifest } from '../oci/manifest.ts';
import { Folder } from '../system/folder.ts';
import type { Problem, Problems } from '../system/problems.ts';
import type { ProgressTracker } from '../util/progress.ts';
import type { ReadFailure } from '../util/read-failure.ts';
import type { KeptContent } from './content-metadata.ts';

/** A manifest or index that the daemon kept when it pulled; its bytes hash to its digest. */
export interface KeptManifest extends KeptContent {
  readonly digest: string;
  readonly manifest: ImageManifest | ImageIndex;
  /** Only where they were asked for. */
  readonly bytes?: Buffer | undefined;
}

export interface ContentOptions {
  readonly tracker: ProgressTracker;
  readonly problems: Problems;
  /**
   * Root folder of a containerd that runs by itself (`dockerd --containerd`, as Docker's own packages do):
   * there the daemon's content is in the namespace moby. Default: /var/lib/containerd, if it can be read.
   */
  readonly containerdRoot?: string | undefined;
  /** Whether the bytes of the manifests are wanted too. Default: no. */
  readonly keepBytes?: boolean;
}

const usualContainerdRoot = '/var/lib/containerd';
const contentFolder = 'io.containerd.content.v1.content/blobs/sha256';
const digestPattern = /^sha256:[a-f0-9]{64}$/;
const remappedName = /^\d+\.\d+$/;
/** In bytes, of all manifests together: an honest one has a few kilobytes. */
const most = 1 << 30;

/**
 * The manifests and indexes that the daemon keeps in containerd's content store: it puts there each one that
 * it pulls, and a lease `moby-image-<image ID>` holds it as long as the image is there (moby v28.5.2
 * distribution/manifest.go, Put; moby v28.5.2 daemon/images/store.go, imageKey).
 * What images were loaded, built or pushed leave nothing here, and a layer is never taken for a manifest.
 * @throws RefstoreError ABORTED
 */
export async function readContentStore(dataRoot: Folder, options: ContentOptions): Promise<KeptContents> {
  const kept = new Map<string, KeptManifest>();
  let damaged: Problem | undefined;
  for (const root of containerdRoots(dataRoot, options)) damaged ??= await readOne(root, options, kept);
  return { kept, damaged };
}

export interface KeptContents {
  readonly kept: ReadonlyMap<string, KeptManifest>;
  /** The database of the containerd that the daemon starts by itself, where it is damaged. */
  readonly damaged: Problem | undefined;
}

/** The root folders of the containerds that the daemon may use. */
export function containerdFolders(
  dataRoot: Folder,
  options: Pick<ContentOptions, 'containerdRoot' | 'problems'>,
): Folder[] {
  return containerdRoots(dataRoot, options).map(({ folder }) => folder);
}

/**
 * The folders `blobs/sha256` of the content stores that the daemon may use: its own containerd's, and one that runs
 * by itself.
 */
export function contentBlobs(
  dataRoot: Folder,
  options: Pick<ContentOptions, 'containerdRoot' | 'problems'>,
): Folder[] {
  return containerdFolders(dataRoot, options).flatMap((folder) => {
    const blobs = folder.folder(...contentFolder.split('/'));
    return blobs instanceof Folder ? [blobs] : [];
  });
}

interface ContainerdRoot {
  readonly folder: Folder;
  /** The daemon started this containerd itself, so all of its content is the daemon's. */
  readonly isManaged: boolean;
}

function containerdRoots(
  dataRoot: Folder,
  { containerdRoot, problems }: Pick<ContentOptions, 'containerdRoot' | 'problems'>,
): ContainerdRoot[] {
  const { path } = dataRoot;
  const found: [string, Folder | ReadFailure, boolean][] = [
    [join(path, 'containerd/daemon'), dataRoot.folder('containerd', 'daemon'), true],
  ];
  if (remappedName.test(basename(path))) {
    // With userns-remap the data root is a folder UID.GID below the one that has the containerd folder.
    const managed = join(dirname(path), 'containerd/daemon');
    found.push([managed, Folder.tryOpen(managed), true]);
  }
  const system = Folder.tryOpen(containerdRoot ?? usualContainerdRoot);
  // Nobody asked for the usual one, and who is not root may not look into it.
  if (containerdRoot !== undefined) found.push([containerdRoot, system, false]);
  else if (system instanceof Folder) found.push([usualContainerdRoot, system, false]);
  const roots: ContainerdRoot[] = [];
  for (const [place, folder, isManaged] of found) {
    if (folder instanceof Folder) roots.push({ folder, isManaged });
    else if (folder.problem !== 'missing') problems.add(place, folder);
  }
  return roots;
}

async function readOne(
  { folder: root, isManaged }: ContainerdRoot,
  options: ContentOptions,
  kept: Map<string, KeptManifest>,
): Promise<Problem | undefined> {
  const { tracker, problems } = options;
  // Most data roots have no content store: what reads containerd's database is loaded when there is one.
  const { readContentMetadata } = await import('./content-metadata.ts');
  const metadata = await readContentMetadata(root, tracker);
  let damaged: Problem | undefined;
  const blobs = root.folder(...contentFolder.split('/'));
  if ('problem' in metadata && (metadata.problem !== 'missing' || blobs instanceof Folder)) {
    const path = join(root.path, 'io.containerd.metadata.v1.bolt/meta.db');
    const isDamaged = metadata.problem === 'damaged' || metadata.problem === 'wrong-kind';
    if (isManaged && isDamaged) damaged = { path, reason: metadata.reason };
    else problems.add(path, metadata);
  }
  if (blobs instanceof Folder) {
    const wanted = !('problem' in metadata)
      ? metadata
      : isManaged
        ? listed(blobs, problems)
        : new Map<string, KeptContent>();
    await readManifests(blobs, wanted, options, kept);
  } else if (blobs.problem !== 'missing') problems.add(join(root.path, contentFolder), blobs);
  return damaged;
}

async function readManifests(
  blobs: Folder,
  wanted: ReadonlyMap<string, KeptContent>,
  options: ContentOptions,
  kept: Map<string, KeptManifest>,
): Promise<void> {
  const { tracker, problems } = options;
  tracker.expect(wanted.size);
  let left = most;
  for (const [digest, content] of wanted) {
    const bytes = readBlob(blobs, digest, problems);
    left -= bytes?.length ?? 0;
    if (left < 0) {
      problems.add(blobs.path, { reason: `its manifests have more than ${most} bytes; not all were read` });
      return;
    }
    const manifest = bytes && parseManifest(bytes);
    if (manifest !== undefined && !('problem' in manifest)) {
      const own = options.keepBytes === true ? { bytes } : {};
      kept.set(digest, { ...merged(digest, manifest, content, kept), ...own });
    }
    const rest = tracker.step();
    if (rest !== undefined) await rest;
  }
}

/** Two containerds may have kept the same manifest. */
function merged(
  digest: string,
  manifest: KeptManifest['manifest'],
  { repositories, images }: KeptContent,
  kept: ReadonlyMap<string, KeptManifest>,
): KeptManifest {
  const other = kept.get(digest);
  if (other === undefined) return { digest, manifest, repositories, images };
  return {
    digest,
    manifest,
    repositories: [...new Set([...other.repositories, ...repositories])].sort(),
    images: [...new Set([...other.images, ...images])].sort(),
  };
}

/** Without containerd's metadata: all that is there, under no name. */
function listed(blobs: Folder, problems: Problems): Map<string, KeptContent> {
  const digests = new Map<string, KeptContent>();
  const listing = blobs.list();
  for (const { name, kind } of listing) {
    if (kind === 'file' && digestPattern.test(`sha256:${name}`))
      digests.set(`sha256:${name}`, { repositories: [], images: [] });
  }
  if (listing.problem !== undefined) problems.add(blobs.path, listing.problem);
  return digests;
}

/** The bytes of a blob that may be a manifest: with the containerd image store the layers are there too. */
function readBlob(blobs: Folder, digest: string, problems: Problems): Buffer | undefined {
  const name = digest.slice('sha256:'.length);
  const bytes = blobs.read(name, manifestLimit);
  if ('problem' in bytes) {
    if (bytes.problem !== 'too-large') problems.add(join(blobs.path, name), bytes);
    return undefined;
  }
  if (hash('sha256', bytes) === name) return bytes;
  problems.add(join(blobs.path, name), { reason: 'its bytes do not hash to its name' });
  return undefined;
}
