import { collect, evidenceOf, problemsOf } from '../digests/collect.ts';
import { planRestore, type RestorePlan } from '../digests/plan/restore-plan.ts';
import type { Engine } from '../engine/engine.ts';
import type { ClaimSource, SourceContext } from '../sources/claim-source.ts';
import type { DigestMatch } from '../sources/evidence/digest-match.ts';
import type { Evidence, ProvenManifest } from '../sources/evidence/evidence.ts';
import type { LocalImages } from '../sources/evidence/local-images.ts';
import { matchEvidence } from '../sources/evidence/match-evidence.ts';
import { chainTo } from '../sources/lock/digest-lock.ts';
import type { Problem } from '../system/problems.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import { imagesHere, readEngineImages, taggedHere } from './images-here.ts';

export interface PlanEngineRestoreOptions extends Omit<SourceContext, 'local' | 'engine' | 'platforms'> {
  readonly engine: Engine;
  /** Where digests are taken from. */
  readonly sources: readonly ClaimSource[];
}

/** A digest that the daemon is given, and all that it has to be sent for it. */
export interface PlannedRecord {
  /** Familiar `name@digest`. */
  readonly reference: string;
  /** The manifest or index with this digest, and of an index what leads to the image. */
  readonly manifests: readonly ProvenManifest[];
  readonly config: { readonly digest: string; readonly bytes: Buffer };
}

export interface PlannedEngineRestore extends RestorePlan {
  /** In the order of `restored`. */
  readonly records: readonly PlannedRecord[];
  /** What the sources could not read; the plan does not depend on it. */
  readonly problems: readonly Problem[];
}

/** Questions to the daemon under way at one time. */
const concurrency = 4;

/**
 * Asks the sources, and plans which digests the images of a daemon with the containerd image store get. A digest is
 * proven when its manifest names a config whose diff IDs are the layers of an image that is here. Nothing is changed.
 * @throws RefstoreError USAGE for a source that holds no manifests; ENGINE_FAILED; what sources throw
 */
export async function planEngineRestore({
  engine,
  sources,
  ...context
}: PlanEngineRestoreOptions): Promise<PlannedEngineRestore> {
  const { signal, naming } = context;
  const images = await readEngineImages(engine, context);
  const platform = await engine.platform({ signal });
  const holdings = await collect(sources, {
    ...context,
    engine: () => engine,
    // Which images a manifest proves is known only when its config is; so all of this platform's are asked for.
    local: { images: new Map(), repositories: taggedHere(images) },
    platforms: [platform],
    withConfigs: true,
  });
  const evidence = holdings.map(evidenceOf);
  const configs = new Map(evidence.flatMap((one) => [...(one.configs ?? [])]));
  const local = imagesHere(images, configs);
  const matches = evidence.flatMap((one) =>
    matchEvidence(one, local, naming).matches.map((match) => explained(match, local, configs, platform)),
  );
  const there = await findThere(matches, engine, signal);
  const known = matches.map((match): DigestMatch => {
    const isThere = match.outcome === 'restorable' && there.has(match.reference ?? '');
    return isThere ? { ...match, outcome: 'already-there' } : match;
  });
  // Its own name keeps an image from a prune there, a tag beside it is not needed.
  const plan = planRestore(known, local.repositories, { untagged: 'add' });
  const records = plan.restored.map(({ reference, digest, imageId }) =>
    recordOf(reference, digest, imageId, evidence, configs),
  );
  return { ...plan, records, problems: problemsOf(holdings) };
}

/** What is different where a record holds all platforms of an index, and where only a config shows the layers. */
function explained(
  match: DigestMatch,
  { images }: LocalImages,
  configs: ReadonlyMap<string, Buffer>,
  platform: string,
): DigestMatch {
  const { outcome, proven } = match;
  if (outcome === 'ambiguous') {
    const own = proven.find((imageId) => images.get(imageId) === platform) ?? proven[0];
    return { ...match, outcome: 'restorable', imageId: own };
  }
  const isAbsent = outcome === 'image-not-here' || outcome === 'other-image';
  const isUnknown = proven.length > 0 && !proven.some((imageId) => configs.has(imageId));
  return isAbsent && isUnknown ? { ...match, outcome: 'config-missing' } : match;
}

/** The references that the daemon finds, and whose config it can read; their layers are here, as the plan has seen. */
async function findThere(
  matches: readonly DigestMatch[],
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const wanted = matches.flatMap(({ outcome, reference, digest }) =>
    outcome === 'restorable' && reference !== undefined ? [{ reference, digest }] : [],
  );
  const there = new Set<string>();
  await forEachConcurrently(wanted, concurrency, async ({ reference, digest }) => {
    const found = await engine.inspectImage(reference, { signal });
    if (found?.id === digest && (await engine.hasHistory(reference, { signal }))) there.add(reference);
  });
  return there;
}

function recordOf(
  reference: string,
  digest: string,
  imageId: string,
  evidence: readonly Evidence[],
  configs: ReadonlyMap<string, Buffer>,
): PlannedRecord {
  const manifests = evidence
    .map((one) => chainTo(imageId, digest, one.manifests))
    .find((chain) => chain !== undefined);
  const bytes = configs.get(imageId);
  if (manifests === undefined || bytes === undefined) {
    throw new TypeError(`${reference} was planned without its manifest or its config`);
  }
  return { reference, manifests, config: { digest: imageId, bytes } };
}
