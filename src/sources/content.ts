import { type KeptManifest, readContentStore } from '../dataroot/content-store.ts';
import { readKeptConfigs } from '../dataroot/kept-configs.ts';
import type { Claim } from '../facts/claim.ts';
import { digestProofs, provenImages } from '../oci/digest-proofs.ts';
import { Folder } from '../system/folder.ts';
import { type Problem, Problems } from '../system/problems.ts';
import { ProgressTracker } from '../util/progress.ts';
import { assertNothing, dataRootOf, type SourceContext, type Transport } from './claim-source.ts';
import type { Evidence, ProvenManifest } from './evidence/evidence.ts';
import type { EvidenceSource } from './evidence/evidence-source.ts';

const spec = 'content:';

/**
 * The manifests that the daemon itself kept when it pulled: each proves its digest, offline, and containerd's
 * metadata names the repositories.
 */
export const content: Transport = {
  name: 'content',
  usage: spec,
  summary: "the manifests that the daemon kept in containerd's content store when it pulled",
  open(rest): EvidenceSource {
    assertNothing('content', rest);
    return {
      spec,
      async claims(context) {
        const { kept, problems } = await read(context, false);
        return { claims: claimsOfContent(kept), proofs: digestProofs(kept, spec), problems };
      },
      async evidence(context) {
        const { kept, problems } = await read(context, true);
        const evidence = evidenceOfContent(kept, problems);
        return context.withConfigs === true ? await withRecords(evidence, kept, context) : evidence;
      },
    };
  },
};

async function read(context: SourceContext, keepBytes: boolean) {
  const root = Folder.open(dataRootOf(context, spec));
  const problems = new Problems();
  const { containerdRoot } = context;
  const options = { tracker: new ProgressTracker(context), problems, containerdRoot, keepBytes };
  const { kept, damaged } = await readContentStore(root, options);
  if (damaged !== undefined) problems.add(damaged.path, damaged);
  return { kept, problems: problems.list };
}

/** With the configs, and with what the containerd image store has. */
async function withRecords(
  evidence: Evidence,
  kept: ReadonlyMap<string, KeptManifest>,
  context: SourceContext,
): Promise<Evidence> {
  const { contentRecords } = await import('./content-records.ts');
  const records = await contentRecords(Folder.open(dataRootOf(context, spec)), context);
  return {
    ...evidence,
    manifests: new Map([...records.manifests, ...evidence.manifests]),
    describedDigests: [...evidence.describedDigests, ...records.describedDigests],
    configs: new Map([...records.configs, ...(await configsOf(kept, context))]),
  };
}

async function configsOf(kept: ReadonlyMap<string, KeptManifest>, context: SourceContext) {
  const wanted = [...kept.values()].flatMap(({ manifest }) =>
    manifest.kind === 'manifest' ? [manifest.config] : [],
  );
  const { containerdRoot } = context;
  return await readKeptConfigs(Folder.open(dataRootOf(context, spec)), wanted, {
    tracker: new ProgressTracker(context),
    problems: new Problems(),
    containerdRoot,
  });
}

/** The digests that the daemon records for what it pulled, as claims. */
export function claimsOfContent(kept: ReadonlyMap<string, KeptManifest>): Claim[] {
  return [...recorded(kept)].flatMap(({ digest, manifest, images, repository, detail }) => {
    const proven = provenImages(manifest, kept).filter((imageId) => images.includes(imageId));
    const reference = `${repository}@${digest}`;
    return proven.map((imageId) => ({ reference, imageId, source: spec, proof: 'digest' as const, detail }));
  });
}

function evidenceOfContent(kept: ReadonlyMap<string, KeptManifest>, problems: readonly Problem[]): Evidence {
  const manifests = new Map<string, ProvenManifest>();
  for (const [digest, { manifest, bytes }] of kept) {
    if (bytes !== undefined) manifests.set(digest, { digest, manifest, bytes });
  }
  const describedDigests = Array.from(recorded(kept), ({ digest, repository, images, detail }) => ({
    digest,
    repository,
    images,
    detail,
  }));
  const none = { unverified: [], withoutDigest: [], platforms: new Map() };
  return { source: spec, manifests, describedDigests, tagProof: 'file', ...none, problems };
}

interface Recorded extends KeptManifest {
  readonly repository: string;
  readonly detail: string;
}

/**
 * What the daemon records for what it pulled: of an index the index's digest, not those of the manifests that it
 * names (moby v28.5.2 distribution/pull_v2.go), though these are kept under the same name.
 */
function* recorded(kept: ReadonlyMap<string, KeptManifest>): Generator<Recorded> {
  const indexes = indexesNaming(kept);
  for (const one of kept.values()) {
    const detail = one.manifest.kind === 'index' ? 'index kept by the daemon' : 'manifest kept by the daemon';
    for (const repository of one.repositories) {
      const isPart = indexes.get(one.digest)?.some((index) => index.repositories.includes(repository));
      if (isPart !== true) yield { ...one, repository, detail };
    }
  }
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
