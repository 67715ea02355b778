import { checkFacts, type Report } from '../check/check.ts';
import { repairBase } from '../check/repair/base.ts';
import { planRepairDetailed, type RepairPlan } from '../check/repair/plan.ts';
import type { RepairPolicy } from '../check/repair/policy.ts';
import { RefstoreError } from '../errors.ts';
import type { Claim } from '../facts/claim.ts';
import type { DigestProof } from '../facts/facts.ts';
import type { RolloutOptions, RolloutResult } from '../rollout/options.ts';
import { rollOut } from '../rollout/rollout.ts';
import type { ClaimSource } from '../sources/claim-source.ts';
import { containers } from '../sources/containers.ts';
import { content } from '../sources/content.ts';
import { leftover } from '../sources/leftover.ts';
import { live } from '../sources/live.ts';
import type { Planner } from '../store/options.ts';
import type { Store } from '../store/store.ts';
import type { Problem } from '../system/problems.ts';
import { type CheckStoreOptions, checkStore } from './check-store.ts';
import { type RepairLoss, repairLoss } from './repair-loss.ts';

export interface PlanStoreRepairOptions extends CheckStoreOptions {
  /** Further sources of claims, beside what the data root and a running daemon say by themselves. */
  readonly sources?: readonly ClaimSource[] | undefined;
  readonly policy?: RepairPolicy | undefined;
}

export interface PlannedRepair {
  readonly report: Report;
  readonly plan: RepairPlan;
  readonly claims: readonly Claim[];
  readonly policy: RepairPolicy;
  /** What the sources could not read: where names were lost, more might have come back. */
  readonly problems: readonly Problem[];
  /** Where images would be left to the next prune, or might be: what they are, and where their names may be. */
  readonly loss: RepairLoss | undefined;
}

/**
 * Checks a store, asks the sources, and plans the repair; nothing is written. The plan is bound to the bytes
 * that were checked; rollOutRepair carries it out. `level: 'file'` counts as `store`: what a repair would leave to
 * the next prune is computed from the data root.
 * @throws RefstoreError what checkStore throws; what a source throws that was asked for (SOURCE_FAILED, …); USAGE
 *   for an answer of the policy that cannot be followed
 */
export async function planStoreRepair(
  store: Store,
  options: PlanStoreRepairOptions = {},
): Promise<PlannedRepair> {
  const level = options.level === 'full' ? 'full' : 'store';
  const found = await checkStore(store, { ...options, level });
  const { claims, proofs, problems } = await gatherClaims(store, found, options);
  const report = withProofs(found, proofs);
  const { policy = {}, signal } = options;
  const plan = planRepairDetailed(report, claims, policy);
  refuseUnusedAnswers(plan);
  const isLoss = plan.prunable.length > 0 || plan.withheld !== undefined;
  const loss = isLoss ? await repairLoss(store, plan, { signal }) : undefined;
  return { report, claims, policy, problems, plan, loss };
}

/**
 * The same repair where somebody has seen what is lost (`plan.prunable`) and accepts it: nothing is read anew. A plan
 * that is not withheld stays as it is, and so does one that would write an empty store, for which the policy has to
 * name the rule.
 */
export function acceptLoss(planned: PlannedRepair): PlannedRepair {
  const { report, claims, policy, plan } = planned;
  if (plan.withheld === undefined || plan.entryCount === 0) return planned;
  const accepted = { ...policy, lossy: [...(policy.lossy ?? []), plan.withheld] };
  return { ...planned, policy: accepted, plan: planRepairDetailed(report, claims, accepted) };
}

const whyUnused = {
  'image-not-here': {
    is: 'there is no such image here',
    hint: 'load the image first, or choose one that refstore check or docker images names',
  },
  unproven: {
    is: 'nothing proves that this digest belongs to that image',
    hint: 'name a source that proves it, with --from; a digest is never put at an image by choice',
  },
  'nothing-to-decide': {
    is: 'nothing says that this reference was lost or is wrong, so there is nothing to choose',
    hint: 'to add or move a tag that works, use refstore tag',
  },
} as const;

/** @throws RefstoreError USAGE */
function refuseUnusedAnswers({ unusedAnswers: [first] }: RepairPlan): void {
  if (first === undefined) return;
  const { reference, imageId, why } = first;
  throw new RefstoreError(
    'USAGE',
    `${reference} cannot be put at ${imageId}: ${whyUnused[why].is}; nothing was changed`,
    { hint: whyUnused[why].hint, details: { reference, imageId, why } },
  );
}

/** Manifests of sources may show that a digest is at a wrong image, which nothing on this host could tell. */
function withProofs(report: Report, proofs: readonly DigestProof[]): Report {
  if (proofs.length === 0) return report;
  const { facts } = report.context;
  const digestProofs = [...(facts.digestProofs ?? []), ...proofs];
  return checkFacts({ ...facts, digestProofs }, report.options);
}

export interface RepairResult {
  readonly planned: PlannedRepair;
  /** Undefined when there was nothing to write. */
  readonly rollout: RolloutResult | undefined;
  /** What a check finds afterwards. */
  readonly after: Report;
}

/**
 * Writes exactly what planStoreRepair planned, and has the daemon restarted as the options say. From a broken file
 * the plan starts at what was whole in it, which Store.commit does not do by itself; its bytes go to the backups. A
 * plan that is withheld, or that changes nothing, writes nothing.
 * @throws RefstoreError what rollOut throws; CHANGED_UNDERNEATH when the file is not what was checked any more
 */
export async function rollOutRepair(
  store: Store,
  { plan, report }: Pick<PlannedRepair, 'plan' | 'report'>,
  options: RolloutOptions = {},
): Promise<RolloutResult> {
  const planner: Planner = (snapshot) => {
    if (report.sha256 === undefined && snapshot.sha256 !== undefined) throw appeared(store, snapshot.sha256);
    return plan.patch;
  };
  // A patch binds itself to the file that it was made for; that there was no file, it cannot say.
  const bound = report.sha256 === undefined ? planner : plan.patch;
  return await rollOut(store, bound, { ...options, decode: repairBase, canonicalise: plan.rewrite });
}

function appeared({ location: { file } }: Store, found: string): RefstoreError {
  return new RefstoreError(
    'CHANGED_UNDERNEATH',
    `${file} was not there when the repair was planned, and is there now; nothing was written`,
    { hint: 'plan the repair again', details: { file, found } },
  );
}

/** Whether the plan changes anything. */
export function isWritten({ plan }: PlannedRepair): boolean {
  return plan.rewrite || plan.steps.length > 0;
}

/**
 * Check, plan, write, check again. Nothing is written where `planned.plan.withheld` says why.
 * @throws RefstoreError what planStoreRepair and rollOutRepair throw
 */
export async function repairStore(
  store: Store,
  { rollout = {}, ...options }: PlanStoreRepairOptions & { readonly rollout?: RolloutOptions } = {},
): Promise<RepairResult> {
  const planned = await planStoreRepair(store, options);
  if (!isWritten(planned)) return { planned, rollout: undefined, after: planned.report };
  const done = await rollOutRepair(store, planned, rollout);
  const after = done.dryRun ? planned.report : await checkStore(store, options);
  return { planned, rollout: done, after };
}

async function gatherClaims(
  store: Store,
  { context }: Report,
  { sources = [], engine, containerdRoot, signal }: PlanStoreRepairOptions,
): Promise<{ claims: Claim[]; proofs: DigestProof[]; problems: Problem[] }> {
  const sourceContext = {
    location: store.location,
    ...(engine === undefined ? {} : { engine: () => engine }),
    containerdRoot,
    signal,
  };
  const claims: Claim[] = [];
  const problems: Problem[] = [];
  const isLive = context.facts.live !== undefined;
  for (const source of ownSources(store, isLive)) {
    try {
      const found = await source.claims(sourceContext);
      claims.push(...found.claims);
      problems.push(...found.problems);
    } catch (error) {
      // Nobody asked for it: that a data root has no content store is no failure of the repair.
      if (!(error instanceof RefstoreError) || error.code === 'ABORTED') throw error;
      problems.push({ path: source.spec, reason: error.message });
    }
  }
  const proofs: DigestProof[] = [];
  for (const source of sources) {
    const found = await source.claims(sourceContext);
    claims.push(...found.claims);
    proofs.push(...(found.proofs ?? []));
    problems.push(...found.problems);
  }
  return { claims, proofs, problems };
}

/**
 * What every repair looks at. Backups and other drivers' stores are not among them: they tell of another time or
 * place, and tags move; --from asks for them.
 */
function ownSources({ location: { dataRoot } }: Store, isLive: boolean): ClaimSource[] {
  const transports = [
    ...(dataRoot === undefined ? [] : [content, containers]),
    leftover,
    ...(isLive ? [live] : []),
  ];
  return transports.map((transport) => transport.open(''));
}
