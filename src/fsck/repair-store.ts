import { checkFacts, type Report } from '../check/check-subject.ts';
import type { Claim } from '../check/claim.ts';
import type { DigestProof } from '../check/facts.ts';
import { repairBase } from '../check/repair/base.ts';
import { planRepairDetailed, type RepairPlan } from '../check/repair/plan.ts';
import type { RepairPolicy } from '../check/repair/policy.ts';
import { lossOfNames } from '../check/repair/wanted.ts';
import type { Problem } from '../dataroot/problems.ts';
import { RefstoreError } from '../errors.ts';
import type { RolloutOptions, RolloutResult } from '../rollout/options.ts';
import { rollOut } from '../rollout/rollout.ts';
import type { ClaimSource } from '../sources/claim-source.ts';
import { containers } from '../sources/containers.ts';
import { content } from '../sources/content.ts';
import { leftover } from '../sources/leftover.ts';
import { live } from '../sources/live.ts';
import type { Store } from '../store/store.ts';
import { type CheckStoreOptions, checkStore } from './check-store.ts';

export interface PlanStoreRepairOptions extends CheckStoreOptions {
  /** Further sources of claims, beside what the data root and a running daemon say by themselves. */
  readonly sources?: readonly ClaimSource[] | undefined;
  readonly policy?: RepairPolicy | undefined;
}

export interface PlannedRepair {
  readonly report: Report;
  readonly plan: RepairPlan;
  readonly claims: readonly Claim[];
  /** What the sources could not read; what they claim does not depend on it. */
  readonly problems: readonly Problem[];
}

/**
 * Checks a store, asks the sources, and plans the repair; nothing is written. The plan is bound to the bytes
 * that were checked.
 * @throws RefstoreError what checkStore throws; what a source throws that was asked for (SOURCE_FAILED, …)
 */
export async function planStoreRepair(
  store: Store,
  options: PlanStoreRepairOptions = {},
): Promise<PlannedRepair> {
  const found = await checkStore(store, options);
  const { claims, proofs, problems } = await gatherClaims(store, found, options);
  const report = withProofs(found, proofs);
  return { report, claims, problems, plan: planRepairDetailed(report, claims, options.policy) };
}

/** Manifests of sources may show that a digest is at a wrong image, which nothing on this host could tell. */
function withProofs(report: Report, proofs: readonly DigestProof[]): Report {
  if (proofs.length === 0) return report;
  const { facts } = report.subject;
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
 * Writes what was planned, and has the daemon restarted as the options say. From a broken file the plan starts at
 * what was whole in it; its bytes go to the backups.
 * @throws RefstoreError what rollOut throws; CHANGED_UNDERNEATH when the file is not what was checked any more
 */
export async function rollOutRepair(
  store: Store,
  { plan }: PlannedRepair,
  options: RolloutOptions,
): Promise<RolloutResult> {
  return await rollOut(store, plan.patch, { ...options, decode: repairBase, canonicalise: plan.rewrite });
}

/** Whether the plan changes anything. */
export function isWritten({ plan }: PlannedRepair): boolean {
  return plan.rewrite || plan.steps.length > 0;
}

/**
 * The check after the repair, which still knows what the file had lost.
 * @throws RefstoreError what checkStore throws
 */
export async function checkRepaired(
  store: Store,
  { report }: PlannedRepair,
  options: CheckStoreOptions,
): Promise<Report> {
  return await checkStore(store, { ...options, namesLost: lossOfNames(report) !== undefined });
}

/**
 * Check, plan, write, check again.
 * @throws RefstoreError what planStoreRepair and rollOutRepair throw
 */
export async function repairStore(
  store: Store,
  { rollout = {}, ...options }: PlanStoreRepairOptions & { readonly rollout?: RolloutOptions } = {},
): Promise<RepairResult> {
  const planned = await planStoreRepair(store, options);
  if (!isWritten(planned)) return { planned, rollout: undefined, after: planned.report };
  const done = await rollOutRepair(store, planned, rollout);
  const after = done.dryRun ? planned.report : await checkRepaired(store, planned, options);
  return { planned, rollout: done, after };
}

async function gatherClaims(
  store: Store,
  { subject }: Report,
  { sources = [], engine, containerdRoot, signal }: PlanStoreRepairOptions,
): Promise<{ claims: Claim[]; proofs: DigestProof[]; problems: Problem[] }> {
  const context = {
    location: store.location,
    ...(engine === undefined ? {} : { engine: () => engine }),
    containerdRoot,
    signal,
  };
  const claims: Claim[] = [];
  const problems: Problem[] = [];
  const isLive = subject.facts.live !== undefined;
  for (const source of ownSources(store, isLive)) {
    try {
      const found = await source.claims(context);
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
    const found = await source.claims(context);
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
