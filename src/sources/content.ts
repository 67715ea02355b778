import type { Claim } from '../check/claim.ts';
import { type KeptManifest, readContentStore } from '../dataroot/content-store.ts';
import { provenImages } from '../dataroot/digest-proofs.ts';
import { Folder } from '../dataroot/folder.ts';
import { Pace } from '../dataroot/pace.ts';
import { Problems } from '../dataroot/problems.ts';
import { assertNothing, dataRootOf, type Transport } from './claim-source.ts';

const spec = 'content:';

/**
 * The manifests that the daemon itself kept when it pulled: each proves its digest, offline, and containerd's
 * metadata names the repositories.
 */
export const content: Transport = {
  name: 'content',
  usage: spec,
  summary: "the manifests that the daemon kept in containerd's content store when it pulled",
  open(rest) {
    assertNothing('content', rest);
    return {
      spec,
      async claims(context) {
        const root = Folder.open(dataRootOf(context, spec));
        const problems = new Problems();
        const { containerdRoot } = context;
        const kept = await readContentStore(root, { pace: new Pace(context), problems, containerdRoot });
        return { claims: claimsOfContent(kept), problems: problems.list };
      },
    };
  },
};

/**
 * The digests that the daemon records for what it pulled: of an index the index's, not those of the manifests
 * that it names (distribution/pull_v2.go), though these are kept under the same name.
 */
export function claimsOfContent(kept: ReadonlyMap<string, KeptManifest>): Claim[] {
  const indexes = indexesNaming(kept);
  const claims: Claim[] = [];
  for (const { digest, manifest, repositories, images } of kept.values()) {
    const proven = provenImages(manifest, kept).filter((imageId) => images.includes(imageId));
    const detail = manifest.kind === 'index' ? 'index kept by the daemon' : 'manifest kept by the daemon';
    for (const repository of repositories) {
      if (indexes.get(digest)?.some((index) => index.repositories.includes(repository))) continue;
      const reference = `${repository}@${digest}`;
      for (const imageId of proven)
        claims.push({ reference, imageId, source: spec, proof: 'digest', detail });
    }
  }
  return claims;
}

/** By the digest of a manifest that is kept, the indexes that name it. */
function indexesNaming(kept: ReadonlyMap<string, KeptManifest>): ReadonlyMap<string, KeptManifest[]> {
  const indexes = new Map<string, KeptManifest[]>();
  for (const index of kept.values()) {
    if (index.manifest.kind === 'manifest') continue;
    for (const { digest } of index.manifest.manifests) {
      const others = indexes.get(digest);
      if (others !== undefined) others.push(index);
      else if (kept.has(digest)) indexes.set(digest, [index]);
    }
  }
  return indexes;
}
