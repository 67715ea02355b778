import type { StoreLocation } from '../dataroot/stores.ts';
import { RefstoreError } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RolloutOptions, RolloutResult } from '../rollout/options.ts';
import { rollOut } from '../rollout/rollout.ts';
import type { ClaimSource, SourceContext } from '../sources/claim-source.ts';
import type { DigestMatch } from '../sources/evidence/digest-match.ts';
import type { ProvenManifest } from '../sources/evidence/evidence.ts';
import type { LocalImages } from '../sources/evidence/local-images.ts';
import { matchEvidence } from '../sources/evidence/match-evidence.ts';
import type { Naming } from '../sources/evidence/naming.ts';
import { readLocalImages } from '../sources/evidence/read-local-images.ts';
import type { Planner } from '../store/options.ts';
import type { Store } from '../store/store.ts';
import { Folder } from '../system/folder.ts';
import type { Problem } from '../system/problems.ts';
import { collect, problemsOf, type SourceContent } from './collect.ts';
import { claimMatches } from './plan/claim-matches.ts';
import { planRestore, type RestorePlan, untaggedIn } from './plan/restore-plan.ts';
import type { RestorePolicy } from './plan/restore-policy.ts';

export interface PlanRestoreOptions extends Omit<SourceContext, 'location' | 'local'> {
  /** Where digests are taken from. */
  readonly sources: readonly ClaimSource[];
  readonly policy?: RestorePolicy | undefined;
}

export interface PlannedRestore extends RestorePlan {
  /** By digest, what proves the digests that are restored: a running daemon can be shown it. */
  readonly manifests: ReadonlyMap<string, ProvenManifest>;
  readonly policy: RestorePolicy;
  /** What the sources could not read; the plan does not depend on it. */
  readonly problems: readonly Problem[];
}

/**
 * Asks the sources, and plans which digests the images of a store get; nothing is written.
 * @throws RefstoreError INVALID_REPOSITORIES_FILE for a file that has to be repaired first; what sources throw, what
 *   planRestore throws
 */
export async function planDigestRestore(
  store: Store,
  { sources, policy = {}, ...options }: PlanRestoreOptions,
): Promise<PlannedRestore> {
  const { location } = store;
  // Throws for a file that the daemon does not read: what a broken one lacks is no digest alone.
  const { repositories } = await store.read();
  const { images } = await readLocalImages({ location, signal: options.signal });
  const local: LocalImages = { images, repositories };
  const holdings = await collect(sources, { ...options, location, local });
  const naming = { eachName: false, ...options.naming };
  const matches = holdings.flatMap((held) => matchesOf(held, local, naming));
  const manifests = new Map(holdings.flatMap(({ evidence }) => [...(evidence?.manifests ?? [])]));
  return {
    ...planRestore(matches, repositories, policy),
    policy,
    manifests,
    problems: problemsOf(holdings),
  };
}

function matchesOf(
  held: SourceContent,
  local: LocalImages,
  naming: Naming | undefined,
): readonly DigestMatch[] {
  const { evidence } = held;
  return evidence === undefined
    ? claimMatches(held.claims, local, naming)
    : matchEvidence(evidence, local, naming).matches;
}

/**
 * Writes what was planned, and has the daemon restarted once as the options say. Images and tags are looked at again
 * under the lock, before the daemon is stopped, and once more where the file has changed by then.
 * @throws RefstoreError what rollOut throws; CHANGED_UNDERNEATH when an image, or its last tag, is gone
 */
export async function rollOutRestore(
  store: Store,
  planned: PlannedRestore,
  options: RolloutOptions = {},
): Promise<RolloutResult> {
  return await rollOut(store, restorePlanner(store, planned), options);
}

/** For Store.commit: the patch of a plan, as long as what it was made for is still so. */
export function restorePlanner({ location }: Store, planned: PlannedRestore): Planner {
  return ({ repositories }) => stillTrue(location, planned, repositories);
}

/** @throws RefstoreError CHANGED_UNDERNEATH */
function stillTrue(location: StoreLocation, planned: PlannedRestore, repositories: Repositories): Patch {
  const { patch, restored, policy } = planned;
  const gone = restored.filter(({ imageId }) => isStale(imageId, location)).map(({ imageId }) => imageId);
  const untagged = untaggedIn(planned, repositories, policy);
  const [first] = [...gone, ...untagged];
  if (first === undefined) return patch;
  const what = gone.length > 0 ? 'is gone' : 'has lost its last tag';
  throw new RefstoreError(
    'CHANGED_UNDERNEATH',
    `the image ${first} ${what} since the restore was planned; nothing was written`,
    { hint: 'plan it again', details: { gone, untagged } },
  );
}

/** Its config was there, and whole, when the plan was made. */
function isStale(imageId: string, { dataRoot, driver }: StoreLocation): boolean {
  if (dataRoot === undefined || driver === undefined) return false;
  const configs = Folder.open(dataRoot).folder('image', driver, 'imagedb', 'content', 'sha256');
  if (!(configs instanceof Folder)) return true;
  return typeof configs.sizeOf(imageId.slice('sha256:'.length)) !== 'number';
}

/**
 * Plan and write.
 * @throws RefstoreError what planDigestRestore and rollOutRestore throw
 */
export async function restoreDigests(
  store: Store,
  { rollout = {}, ...options }: PlanRestoreOptions & { readonly rollout?: RolloutOptions | undefined },
): Promise<{ readonly planned: PlannedRestore; readonly rollout: RolloutResult }> {
  const planned = await planDigestRestore(store, options);
  return { planned, rollout: await rollOutRestore(store, planned, rollout) };
}
