import { readContainerdImages } from '../dataroot/containerd-images.ts';
import { contentBlobs } from '../dataroot/content-store.ts';
import { configLimit, diffIdsOf } from '../dataroot/image-config.ts';
import { imageEntries } from '../oci/digest-proofs.ts';
import { manifestLimit } from '../oci/manifest.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import type { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import { ProgressTracker } from '../util/progress.ts';
import type { SourceContext } from './claim-source.ts';
import type { DescribedDigest, Evidence, ProvenManifest } from './evidence/evidence.ts';
import { mismatch, proveManifest } from './evidence/prove.ts';

interface Records extends Pick<Evidence, 'manifests' | 'describedDigests'> {
  readonly configs: ReadonlyMap<string, Buffer>;
}

/** An index may name an index. */
const maxDepth = 2;

/**
 * The images of the containerd image store, by their names, with the manifests and configs that are in its content
 * store. A manifest that the daemon made when it loaded what docker save wrote is left out: no registry has it.
 */
export async function contentRecords(dataRoot: Folder, context: SourceContext): Promise<Records> {
  const { containerdRoot } = context;
  const blobs = contentBlobs(dataRoot, { containerdRoot, problems: new Problems() });
  const manifests = new Map<string, ProvenManifest>();
  const configs = new Map<string, Buffer>();
  const describedDigests: DescribedDigest[] = [];
  for (const { reference, target } of await readContainerdImages(dataRoot, {
    tracker: new ProgressTracker(context),
    containerdRoot,
  })) {
    gather(target, blobs, manifests, configs, maxDepth);
    const top = manifests.get(target);
    const parsed = parseNormalizedNamed(reference);
    // A record of another digest's name is what Docker 29's migration leaves.
    const isStale = parsed.digest !== undefined && parsed.digest !== target;
    if (top === undefined || isStale || isMadeHere(top, configs)) continue;
    const detail = 'image kept by the daemon';
    describedDigests.push({ digest: target, repository: familiarName(parsed), tag: parsed.tag, detail });
  }
  return { manifests, configs, describedDigests };
}

function gather(
  digest: string,
  blobs: readonly Folder[],
  manifests: Map<string, ProvenManifest>,
  configs: Map<string, Buffer>,
  depth: number,
): void {
  if (manifests.has(digest)) return;
  const bytes = find(digest, blobs, manifestLimit);
  const proven = bytes && proveManifest(bytes, digest);
  if (proven === undefined || 'problem' in proven) return;
  manifests.set(digest, proven);
  const { manifest } = proven;
  if (manifest.kind === 'manifest') {
    const config = find(manifest.config, blobs, configLimit);
    if (config !== undefined) configs.set(manifest.config, config);
  } else if (depth > 0) {
    for (const entry of imageEntries(manifest)) gather(entry.digest, blobs, manifests, configs, depth - 1);
  }
}

function find(digest: string, blobs: readonly Folder[], limit: number): Buffer | undefined {
  const name = /^sha256:([a-f0-9]{64})$/.exec(digest)?.[1];
  if (name === undefined) return undefined;
  for (const folder of blobs) {
    const bytes = folder.read(name, limit);
    if (!('problem' in bytes) && mismatch(bytes, digest) === undefined) return bytes;
  }
  return undefined;
}

/** Its layers are unpacked ones, which registries do not hold. */
function isMadeHere({ manifest }: ProvenManifest, configs: ReadonlyMap<string, Buffer>): boolean {
  if (manifest.kind === 'index') return false;
  const config = configs.get(manifest.config);
  const diffIds = config && diffIdsOf(config);
  return diffIds !== undefined && diffIds.length > 0 && diffIds.join() === manifest.layers.join();
}
