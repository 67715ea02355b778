import type { Change } from '../../repositories/change.ts';
import { type Patch, patchFromChanges } from '../../repositories/patch.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { serializeRepositories } from '../../repositories/serialize.ts';
import { checkSubject, type Report } from '../check-subject.ts';
import type { Claim } from '../claim.ts';
import type { Finding, RuleName } from '../finding.ts';
import { Subject } from '../subject.ts';
import type { RepairPolicy } from './policy.ts';
import { RepairWork } from './work.ts';

/** One change of the patch, and why. */
export interface Step {
  readonly change: Change;
  /** The rule whose finding it mends; undefined for a claim that was added because everything was asked for. */
  readonly rule: RuleName | undefined;
  /** `rename`: the entry is put where the daemon looks · `claim`: a claim says so · `remove`: it loses the entry. */
  readonly why: 'rename' | 'claim' | 'remove';
  readonly claim?: Claim;
}

/** Claims, or entries of the file, that name different images for one reference. RepairPolicy.answers decides. */
export interface Question {
  readonly reference: string;
  readonly claims: readonly Claim[];
}

export interface RepairPlan {
  /** Applies to `base`, which repairBase(bytes) gives: Store.commit takes that as `decode`. */
  readonly patch: Patch;
  readonly base: Repositories;
  /** What the file will hold. */
  readonly after: Repositories;
  /** The file is to be written even where the patch is empty: its bytes are not what the daemon writes. */
  readonly rewrite: boolean;
  /** In the order of the patch's operations. */
  readonly steps: readonly Step[];
  readonly questions: readonly Question[];
  /** Claims that were wanted and not used: they do not prove a digest. */
  readonly unproven: readonly Claim[];
  /** Claims that were wanted and not used: the image is not here (load it first). */
  readonly absent: readonly Claim[];
  /** Images that get or keep digests and have no tag, neither now nor before: a prune removes them. */
  readonly untagged: readonly string[];
  /** What a check will still find afterwards. */
  readonly remaining: readonly Finding[];
}

/**
 * The patch that mends what the report found, as far as the claims prove it and the policy allows it. A plan for
 * what a repair leaves behind is empty.
 * @throws RefstoreError INVALID_PATCH never, unless there is a mistake here
 */
export function planRepair(report: Report, claims: readonly Claim[] = [], policy: RepairPolicy = {}): Patch {
  return planRepairDetailed(report, claims, policy).patch;
}

/** planRepair, with its reasons, what has to be asked, and what will be left. */
export function planRepairDetailed(
  report: Report,
  claims: readonly Claim[] = [],
  policy: RepairPolicy = {},
): RepairPlan {
  const work = new RepairWork(report, claims, policy);
  const { base, after, steps, questions, unproven, absent, untagged } = work.finish();
  const patch = patchFromChanges(
    steps.map((step) => step.change),
    report.sha256 === undefined ? undefined : { sha256: report.sha256 },
  );
  const rewrite = isRewritten(report, after);
  const isWritten = rewrite || steps.length > 0;
  const remaining = isWritten ? findingsAfter(report, after) : report.findings;
  return { patch, base, after, rewrite, steps, questions, unproven, absent, untagged, remaining };
}

/** A file that is not there is written only where something belongs into it: the daemon makes an empty one itself. */
function isRewritten({ subject }: Report, after: Repositories): boolean {
  if (subject.bytes === undefined) return false;
  return !subject.isCanonical || serializeRepositories(subject.base) !== serializeRepositories(after);
}

/** What the same rules say to the file as it will be. The daemon's memory is a matter of its next start. */
function findingsAfter({ subject, options }: Report, after: Repositories): readonly Finding[] {
  const { live: _live, file, ...facts } = subject.facts;
  const { sha256: _sha256, ...rest } = file;
  const kind = file.kind === 'missing' ? 'file' : file.kind;
  const bytes = new TextEncoder().encode(serializeRepositories(after));
  return checkSubject(new Subject({ ...facts, file: { ...rest, kind, bytes } }), options).findings;
}
