import type { Claim } from '../../facts/claim.ts';
import type { Change } from '../../repositories/change.ts';
import { diffRepositories } from '../../repositories/diff.ts';
import { type Patch, patchFromChanges } from '../../repositories/patch.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { serializeRepositories } from '../../repositories/serialize.ts';
import { checkContext, type Report } from '../check.ts';
import { CheckContext } from '../check-context.ts';
import type { Finding } from '../finding.ts';
import type { RuleName } from '../rules/index.ts';
import { type UnusedAnswer, unusedAnswers } from './answers.ts';
import { withoutEmptyBuckets } from './base.ts';
import { lossOfNames, prunableImages, ruleWithholding } from './loss.ts';
import { placeKey, RepairPass } from './pass.ts';
import type { RepairPolicy } from './policy.ts';
import { rescueEntries, withEntries } from './rescue.ts';
import type { Question, Reason, Step } from './step.ts';
import { untaggedImages } from './untagged.ts';

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
  /**
   * Where the file had lost its names: the images that have no tag afterwards, as nothing proves one. Whether a
   * prune would remove them or a container keeps them, only a person can say what they are.
   */
  readonly nameless: readonly string[];
  /** Where the file had lost its names: the images that get none back, no digest either. */
  readonly unnamed: readonly string[];
  /** Where the file had lost its names: the images that a prune deletes once what could be saved is written. */
  readonly prunable: readonly string[];
  /** The images among which `nameless` are: those that the daemon has and that no other was built on. */
  readonly imageCount: number;
  /** How many entries could be saved or proven: what the file will hold, or would if the plan were not withheld. */
  readonly entryCount: number;
  /**
   * The rule that found the loss, where the daemon refuses the file and a prune would delete images (`prunable`)
   * once what could be saved is written, or where that is not known: nothing is written then, unless the policy
   * allows that rule or gives rescue tags. As long as the daemon refuses the file, it deletes no image.
   */
  readonly withheld: RuleName | undefined;
  /** Answers that cannot be followed. planStoreRepair refuses them. */
  readonly unusedAnswers: readonly UnusedAnswer[];
  /** What a check will still find afterwards. */
  readonly remaining: readonly Finding[];
}

/**
 * The patch that fixes what the report found, as far as the claims prove it and the policy allows it. A plan for
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
  given: RepairPolicy = {},
): RepairPlan {
  // With a rescue tag, no image has digests alone.
  const policy: RepairPolicy = given.rescueTags === true ? { ...given, untagged: 'add' } : given;
  const base = withoutEmptyBuckets(report.context.base);
  const reasons = new Map<string, Reason>();
  let passes: RepairPass[] = [];
  let after = base;
  let checked = report;
  const lost = lossOfNames(report.context);
  const isClean = report.findings.length === 0 && lost === undefined && policy.add !== 'all';
  const isOpen = !isClean && isReplaceable(report);
  for (let count = isOpen ? 0 : maxPasses; count < maxPasses; count++) {
    const pass = new RepairPass(checked, claims, policy);
    passes = [...passes, pass];
    for (const [key, reason] of pass.reasons) reasons.set(key, reason);
    if (diffRepositories(after, pass.after).length === 0) break;
    after = pass.after;
    checked = checkAgain(report, after);
  }
  if (policy.rescueTags === true && isReplaceable(report)) {
    const rescued = rescueEntries(checked.context);
    for (const entry of rescued) reasons.set(placeKey(entry), { rule: 'image-unnamed', why: 'rescue' });
    if (rescued.length > 0) {
      after = withEntries(after, rescued);
      checked = checkAgain(report, after);
    }
  }
  const nameless = lost === undefined ? [] : checked.context.untaggedImages;
  const named = checked.context;
  const prunable = lost === undefined ? [] : prunableImages(named);
  const proposed = after;
  const withheld = isReplaceable(report)
    ? ruleWithholding(report.context, after, prunable, policy)
    : undefined;
  if (withheld !== undefined) {
    after = base;
    checked = report;
  }
  const steps = diffRepositories(base, after).map((change) => stepOf(change, reasons));
  const rewrite = withheld === undefined && isRewritten(report, after);
  if (steps.length === 0 && rewrite) checked = checkAgain(report, after);
  return {
    patch: patchFromChanges(
      steps.map((step) => step.change),
      report.sha256 === undefined ? undefined : { sha256: report.sha256 },
    ),
    base,
    after,
    rewrite,
    steps,
    questions: openQuestions(passes, after),
    unproven: passes[0]?.unproven ?? [],
    absent: passes[0]?.absent ?? [],
    untagged: untaggedImages(steps, after, report.context),
    nameless,
    unnamed: nameless.filter((imageId) => named.namesOf(imageId).length === 0),
    prunable,
    imageCount: report.context.topImages.length,
    entryCount: proposed.size,
    withheld,
    unusedAnswers: unusedAnswers(policy.answers ?? new Map(), proposed, report.context),
    remaining: checked.findings,
  };
}

/** Two are enough for known findings: one fixes, one finds nothing. More fix what a removal uncovers. */
const maxPasses = 5;

function stepOf(change: Change, reasons: ReadonlyMap<string, Reason>): Step {
  const reason = reasons.get(placeKey(change));
  if (reason === undefined) throw new TypeError(`no reason for ${change.op} ${change.reference}`);
  return { change, ...reason };
}

/** Those that the last pass still asks, and those about what was broken in the bytes, which no later pass sees. */
function openQuestions(passes: readonly RepairPass[], after: Repositories): Question[] {
  const last = passes.at(-1)?.questions ?? [];
  const first = passes[0]?.questions ?? [];
  const isAsked = (reference: string) => last.some((question) => question.reference === reference);
  return [
    ...first.filter(({ reference }) => !isAsked(reference) && after.find(reference) === undefined),
    ...last,
  ];
}

/** A link, a folder or a device is never replaced: who put it there has to say what it is for. */
function isReplaceable({ context }: Report): boolean {
  const { kind } = context.facts.file;
  return kind === 'file' || kind === 'missing';
}

/** A file that is not there is written only where something belongs into it: the daemon makes an empty one itself. */
function isRewritten(report: Report, after: Repositories): boolean {
  const { context } = report;
  if (context.bytes === undefined || !isReplaceable(report)) return false;
  return !context.isCanonical || serializeRepositories(context.base) !== serializeRepositories(after);
}

/** What the same rules say to the file as it will be. The daemon's memory is a matter of its next start. */
function checkAgain(report: Report, after: Repositories): Report {
  const { context, options } = report;
  const { live: _live, file, ...facts } = context.facts;
  const kind = file.kind === 'missing' ? 'file' : file.kind;
  const bytes = new TextEncoder().encode(serializeRepositories(after));
  return checkContext(new CheckContext({ ...facts, file: { ...file, kind, bytes } }), options);
}
