import type { Report } from '../../check/check-subject.ts';
import type { Finding } from '../../check/finding.ts';
import { type Context, defineCommand } from '../command.ts';
import { escapeText } from '../escape.ts';
import { exitStatus } from '../exit-status.ts';
import { choice } from '../options.ts';
import { isLocal, openTarget, runningEngine } from '../target.ts';

export const check = defineCommand({
  name: 'check',
  description:
    'Looks at the store with the eyes of the daemon: what keeps it from starting, entries that it cannot resolve, images that are gone or will be. Each finding names its rule, and its place in the file. Findings of the severity info are worth knowing and count as clean.',
  options: {
    level: choice(
      ['file', 'store', 'full'],
      'file: the file alone; store: against the data root and the daemon too (default); full: every image config is hashed as well',
    ),
  },
  positionals: {},
  examples: [
    { line: 'check', what: 'the store in use' },
    { line: 'check --level full', what: 'before a data root is carried to another host' },
    { line: 'check --file copy.json', what: 'a file by itself, from another host' },
  ],
  statuses: { [exitStatus.findings]: 'there are findings' },
  async run({ options }, context) {
    const { location } = await openTarget(context);
    const { checkStore } = await import('../../fsck/check-store.ts');
    const running = await runningEngine(context);
    const report = await checkStore(location, {
      level: options.level,
      engine: running !== undefined && isLocal(running.engine.host) ? running.engine : undefined,
      env: context.env,
      signal: context.signal,
    });
    await print(report, location.file, context);
    return report.findings.some(({ severity }) => severity !== 'info')
      ? exitStatus.findings
      : exitStatus.done;
  },
});

async function print(report: Report, file: string, { out }: Context): Promise<void> {
  const { formatFinding } = await import('../../check/format.ts');
  if (out.json) {
    await out.printJson('check', {
      file,
      sha256: report.sha256 ?? null,
      summary: report.summary,
      findings: report.findings.map((finding) => ({ ...finding, message: formatFinding(finding) })),
    });
    return;
  }
  const { red, yellow, dim, bold, green } = out.colours;
  const paint = { fatal: red, error: red, warning: yellow, info: dim };
  for (const finding of report.findings) {
    const place = placeOf(file, finding);
    await out.print(
      `${paint[finding.severity](finding.severity)} ${bold(finding.rule)}${place}: ${formatFinding(finding)}\n`,
    );
  }
  const { summary } = report;
  const counts = Object.entries(summary).filter(([, count]) => count > 0);
  await out.print(
    counts.length === 0 ? `${green('nothing found')}: ${escapeText(file)} is as the daemon writes it\n` : '',
  );
  if (counts.length > 0) await out.note(counts.map(([severity, count]) => `${count} ${severity}`).join(', '));
}

/** ` at FILE:LINE:COLUMN`, as editors read it. */
function placeOf(file: string, { at }: Finding): string {
  return at === undefined ? '' : ` at ${escapeText(file)}:${at.line}:${at.column}`;
}
