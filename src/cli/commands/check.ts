import { join } from 'node:path';
import type { Report } from '../../check/check.ts';
import { type Finding, isClean, summarise } from '../../check/finding.ts';
import { formatFinding } from '../../check/format.ts';
import type { LocatedStore } from '../../dataroot/locate.ts';
import { RefstoreError } from '../../errors.ts';
import { escapeText } from '../../util/escape.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { compileFilters, type Filters, fitsPattern } from '../framework/filter.ts';
import { choice, flag, list, text } from '../framework/options.ts';
import { compileTemplate, type TemplateFields } from '../framework/template.ts';
import { UsageError } from '../framework/usage-error.ts';
import { checkOptions, withCheckOptions } from '../options/check-options.ts';
import { isLocal, runningEngine } from '../target/running-engine.ts';
import { openTarget } from '../target/target.ts';

export const check = defineCommand({
  name: 'check',
  description:
    'Checks the store the way the daemon reads it: what keeps it from starting, entries that it cannot resolve, images that are gone or will be removed. Each finding names its rule (explain RULE says more) and its place in the file. Findings of the severity info are worth knowing and count as clean. Nothing is written, and no daemon is started.',
  options: {
    ...checkOptions,
    for: choice(
      ['containerd'],
      'what keeps Docker from moving the images to this image store, and which digests will not resolve there',
    ),
    format: text(
      'TEMPLATE',
      'a line for each finding: {{.Rule}}, {{.Severity}}, {{.Reference}}, {{.Message}}, {{json .}}, or the word json; prom: metrics for Prometheus',
    ),
    filter: list(
      'NAME=VALUE',
      'only findings that fit, for the exit status too: rule=RULE, severity=LEVEL, reference=PATTERN',
    ),
    'no-trunc': flag('whole image IDs'),
  },
  positionals: {},
  examples: [
    { line: 'check', what: 'the store in use' },
    { line: 'check --require compose.yaml', what: 'and whether all that a compose file names is here' },
    { line: 'check --for containerd', what: 'before a move to the containerd image store' },
    { line: 'check --level full', what: 'before a data root is carried to another host' },
    { line: 'check --file copy.json', what: 'a file by itself, from another host' },
  ],
  statuses: {
    [exitStatus.findings]: 'there are findings',
  },
  async run({ options }, context) {
    if (options.format !== undefined && context.globals.json) {
      throw new UsageError('--format and --json exclude each other', '--format json gives a document a line');
    }
    const fits = compileFilters(options.filter, filters);
    const format =
      options.format === undefined || options.format === 'prom'
        ? undefined
        : compileTemplate(options.format, fields);
    const [location, { checkStore }] = await Promise.all([
      locationOf(context),
      import('../../check-and-repair/check-store.ts'),
    ]);
    // A file by itself that is not there is a slip of the pen; in a data root its absence is a finding.
    if (location.dataRoot === undefined)
      await (await import('../target/no-file.ts')).requireNamedFile(location);
    const report = await withCheckOptions(options, context, (how) =>
      checkStore(location, { ...how, moveTo: options.for }),
    );
    const findings = report.findings.filter(fits);
    const shown = { ...report, findings, summary: summarise(findings), sha256: report.sha256 };
    if (options.format === 'prom') {
      const { formatPrometheus } = await import('../formatters/prometheus.ts');
      await context.out.print(formatPrometheus(findings, shown.summary, Date.now()));
    } else if (format !== undefined) {
      await context.out.print(findings.map((finding) => `${format(finding)}\n`).join(''));
    } else await print(shown, location.file, options['no-trunc'], context);
    return isClean(findings) ? exitStatus.done : exitStatus.findings;
  },
});

const fields: TemplateFields<Finding> = {
  Rule: (finding) => finding.rule,
  Severity: (finding) => finding.severity,
  Fix: (finding) => finding.fix,
  Repository: (finding) => finding.repository,
  Reference: (finding) => finding.reference,
  ImageID: (finding) => finding.imageId,
  Line: (finding) => finding.at?.line,
  Column: (finding) => finding.at?.column,
  Message: formatFinding,
};

const filters: Filters<Finding> = {
  rule: ({ rule }, name) => rule === name,
  severity: ({ severity }, name) => severity === name,
  reference: ({ reference = '' }, pattern) => fitsPattern(reference, pattern),
};

/** A daemon with the containerd image store needs no file: then the data root is looked at, and the daemon asked. */
async function locationOf(context: Context): Promise<LocatedStore> {
  try {
    return (await openTarget(context, { mayBeMissing: true })).location;
  } catch (error) {
    const running = await runningEngine(context);
    const isUnneeded = error instanceof RefstoreError && error.code === 'CONTAINERD_IMAGE_STORE';
    if (!isUnneeded || running === undefined || !isLocal(running.engine.host)) throw error;
    const { dataRoot } = running.info;
    // Where an old file would be; nothing of it is there.
    const file = join(dataRoot, 'image/overlay2/repositories.json');
    return { dataRoot, driver: 'overlay2', file, why: 'the daemon says so' };
  }
}

async function print(
  { findings, summary, sha256, context: { facts } }: Report,
  file: string,
  isWhole: boolean,
  { out }: Context,
): Promise<void> {
  if (findings.length === 0 && !out.json) {
    const { imageStore } = facts;
    const what =
      imageStore?.kind === 'containerd'
        ? 'the daemon uses the containerd image store, and every record there is whole'
        : `${escapeText(file)} is as the daemon writes it`;
    await out.print(`${out.colours.green('nothing found')}: ${what}\n`);
    return;
  }
  const { countFindings, findingDocuments, formatFindings } = await import('../formatters/findings.ts');
  if (out.json) {
    await out.printJson('check', {
      file,
      sha256: sha256 ?? null,
      summary,
      findings: findingDocuments(findings),
    });
    return;
  }
  await out.print(formatFindings(findings, file, out.columns, out.colours, isWhole));
  await out.note(countFindings(summary));
}
