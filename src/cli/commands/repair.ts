import { isClean } from '../../check/finding.ts';
import type { RepairPlan } from '../../check/repair/plan.ts';
import type { RuleName } from '../../check/rules/index.ts';
import type { CheckStoreOptions } from '../../check-and-repair/check-store.ts';
import type { PlannedRepair } from '../../check-and-repair/repair-store.ts';
import type { StoreLocation } from '../../dataroot/stores.ts';
import type { RolloutOptions } from '../../rollout/options.ts';
import type { Store } from '../../store/store.ts';
import { escapeText } from '../../util/escape.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { flag, list, type OptionValues } from '../framework/options.ts';
import { UsageError } from '../framework/usage-error.ts';
import { checkOptions, ruleName, withCheckOptions } from '../options/check-options.ts';
import { readSources } from '../options/source-options.ts';
import { livableOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import { documentOf, linesOf, type Outcome } from '../write/outcome.ts';
import { perform } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

const repairOptions = {
  ...checkOptions,
  from: list(
    'SOURCE',
    'also use the claims of this source: backup:ID, driver:NAME, …; what the daemon kept of its pulls, its containers, its leftovers and its memory are always asked',
  ),
  lossy: list(
    'RULE',
    'fix what this rule found by removing the entry; for a damaged file: accept that the next prune deletes the images whose names are lost',
  ),
  choose: list(
    'REF=IMAGE',
    'put a tag that is lost, wrong or claimed for several images at this image; for a digest, choose among the images that are proven',
  ),
  'rescue-tags': flag(
    'give each image that would be left without a name the tag refstore-rescued:<first 12 hex digits of its ID>, so that no prune deletes it; untag removes it later',
  ),
  ...livableOptions,
};

type RepairOptions = OptionValues<typeof repairOptions>;

export const repair = defineCommand({
  name: 'repair',
  description:
    'Checks the store, plans the fix, shows the plan, carries it out, and checks again. From a broken file every whole entry is kept; names that are gone are taken from what proves them. What would lose an entry is done only for the rules named with --lossy; where sources disagree nothing is chosen. Where images would be left without a tag, so that docker image prune deletes them, it asks on a terminal; with --yes it writes nothing and says what the images are and where their names may be. The file as it was goes to the backups. With the daemon down it works on the data root, and --restart starts the daemon afterwards.',
  options: repairOptions,
  positionals: {},
  examples: [
    { line: 'repair --dry-run', what: 'what is wrong, and what would be done' },
    {
      line: 'repair --yes --restart',
      what: 'the daemon does not start: repair the file, start the daemon, verify',
    },
    { line: 'repair --from backup:ID', what: 'with the names of a backup (refstore backups lists them)' },
    {
      line: 'repair --yes --rescue-tags --restart',
      what: 'start Docker now, lose no image, find the names later',
    },
    { line: 'repair --lossy ghost-digest', what: 'remove digests at images that are gone' },
  ],
  statuses: { ...writeStatuses, [exitStatus.findings]: 'findings are left' },
  writes: true,
  async run({ options }, context) {
    const store = await openTarget(context, { mayBeMissing: true });
    const [lossy, answers, sources] = await Promise.all([
      readRules(options.lossy),
      readAnswers(options.choose, store.location),
      readSources(options.from),
    ]);
    return withCheckOptions(options, context, async (check) => {
      const { planStoreRepair } = await import('../../check-and-repair/repair-store.ts');
      const policy = { lossy, answers, rescueTags: options['rescue-tags'] };
      const planned = await planStoreRepair(store, { ...check, sources, policy });
      return carryOut(store, planned, check, options, context);
    });
  },
});

async function carryOut(
  store: Store,
  made: PlannedRepair,
  check: CheckStoreOptions,
  options: RepairOptions,
  context: Context,
): Promise<number> {
  const { acceptLoss, isWritten, rollOutRepair } = await import('../../check-and-repair/repair-store.ts');
  // Whoever is asked sees what is lost, and decides.
  const planned = isAsked(options, context) ? acceptLoss(made) : made;
  const { report, plan } = planned;
  await show(planned, store, context);
  if (!isWritten(planned) && !(await startsOnly(store, planned, options)))
    return conclude(store, planned, undefined, report.findings, context);
  const preview = await rollOutRepair(store, planned, { dryRun: true, signal: context.signal });
  const apply = (rollout: RolloutOptions) => rollOutRepair(store, planned, rollout);
  const finish = async (outcome: Outcome) => {
    const { checkStore } = await import('../../check-and-repair/check-store.ts');
    const left = outcome.dryRun ? plan.remaining : (await checkStore(store, check)).findings;
    return conclude(store, planned, outcome, left, context);
  };
  const live = { plan: plan.patch };
  return perform({ store, preview, ghosts: 'refuse', apply, live, finish }, options, context);
}

/** A valid file, and a daemon that is down and was to be restarted: it is started. */
async function startsOnly(
  { location: { dataRoot } }: Store,
  { report, plan }: PlannedRepair,
  { restart, out }: RepairOptions,
): Promise<boolean> {
  if ((restart !== 'stop-start' && restart !== 'restart') || out !== undefined) return false;
  if (plan.withheld !== undefined || report.findings.some(({ severity }) => severity === 'fatal'))
    return false;
  const { dataRootUser } = await import('../../dataroot/in-use.ts');
  return dataRoot !== undefined && (await dataRootUser(dataRoot)) === undefined;
}

function isAsked({ yes }: RepairOptions, { streams }: Context): boolean {
  return !yes && streams.stdin.isTTY === true && streams.stderr.isTTY === true;
}

async function show(planned: PlannedRepair, store: Store, context: Context): Promise<void> {
  const { report, plan } = planned;
  const { out } = context;
  const [{ countFindings, formatFindings }, { describeLoss, describePlan, describeUnread }] =
    await Promise.all([import('../formatters/findings.ts'), import('../formatters/repair.ts')]);
  const found = report.findings.filter(({ severity }) => severity !== 'info');
  const text = formatFindings(found, store.location.file, out.errorColumns, out.errorColours);
  if (text !== '') await out.note(`found: ${countFindings(report.summary)}\n${text.trimEnd()}`);
  for (const line of describeUnread(planned, out.verbose)) await out.warn(out.errorColours.yellow(line));
  for (const line of describePlan(plan)) await out.note(line);
  // What is not written says so in its result.
  if (plan.withheld === undefined) {
    for (const line of describeLoss(planned, context.program)) await out.warn(line);
  }
}

/** What was done and what is left: the result. `outcome` is undefined where there was nothing to write. */
async function conclude(
  store: Store,
  planned: PlannedRepair,
  outcome: Outcome | undefined,
  left: PlannedRepair['report']['findings'],
  { out, program }: Context,
): Promise<number> {
  const { report, plan, loss, problems } = planned;
  const { file } = store.location;
  const { findingDocuments, formatFindings } = await import('../formatters/findings.ts');
  const status = statusOf(plan, left);
  if (out.json) {
    const { steps, questions, unproven, absent, untagged, nameless, unnamed, prunable, withheld } = plan;
    await out.printJson('repair', {
      ...(outcome === undefined ? nothingWritten(file, report.sha256) : documentOf(file, outcome)),
      findings: findingDocuments(report.findings),
      remaining: findingDocuments(left),
      steps,
      questions,
      unproven,
      absent,
      untagged,
      nameless,
      unnamed,
      prunable,
      loss: loss ?? null,
      problems,
      withheld: withheld ?? null,
    });
    return status;
  }
  const lines = outcome === undefined ? ['nothing that could be fixed'] : linesOf(file, outcome);
  const open = left.filter(({ severity }) => severity !== 'info');
  if (outcome?.changed !== true && !outcome?.dryRun && open.length === 0)
    lines[0] = `nothing to repair in ${escapeText(file)}`;
  const { describeNameless, describeWithheld } = await import('../formatters/repair.ts');
  if (plan.withheld === undefined) lines.push(...describeNameless(planned, program));
  else lines.splice(0, 1, ...describeWithheld(planned, program));
  await out.print(lines.map((line) => `${line}\n`).join(''));
  if (open.length === 0) return status;
  await out.print(outcome?.dryRun ? 'would be left:\n' : 'left:\n');
  await out.print(formatFindings(open, file, out.columns, out.colours));
  return status;
}

function statusOf({ withheld }: RepairPlan, left: PlannedRepair['report']['findings']): number {
  if (withheld !== undefined) return exitStatus.refused;
  return isClean(left) ? exitStatus.done : exitStatus.findings;
}

function nothingWritten(file: string, sha256: string | undefined): Readonly<Record<string, unknown>> {
  const unchanged = sha256 ?? null;
  return { file, changed: false, changes: [], sha256: { before: unchanged, after: unchanged }, backup: null };
}

async function readRules(names: readonly string[]): Promise<RuleName[]> {
  return Promise.all(names.map((name) => ruleName(name, '--lossy')));
}

async function readAnswers(
  texts: readonly string[],
  location: StoreLocation,
): Promise<ReadonlyMap<string, string>> {
  if (texts.length === 0) return new Map();
  const [{ storeKey }, { isImageId }, { imagesBeginningWith }] = await Promise.all([
    import('../../check/stored-entry.ts'),
    import('../../reference/digest.ts'),
    import('../../dataroot/has-image.ts'),
  ]);
  return new Map(
    texts.map((text) => {
      const equals = text.indexOf('=');
      const key = storeKey(text.slice(0, Math.max(equals, 0)));
      const image = text.slice(equals + 1);
      const fits = isImageId(image) ? [image] : imagesBeginningWith(image, location);
      const [imageId = ''] = fits.length === 1 ? fits : [];
      if (key === undefined || !isImageId(imageId)) {
        throw new UsageError(
          `--choose needs REF=IMAGE, not ${JSON.stringify(text)}`,
          'IMAGE is one of the image IDs that the question names, or the beginning of one that fits no other image here',
        );
      }
      return [key, imageId];
    }),
  );
}
