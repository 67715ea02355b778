import type { Report } from '../../check/check-subject.ts';
import { isClean } from '../../check/finding.ts';
import { checkOptions, withCheckOptions } from '../check-options.ts';
import { type Context, defineCommand } from '../command.ts';
import { escapeText } from '../escape.ts';
import { exitStatus } from '../exit-status.ts';
import { openTarget } from '../target.ts';

export const check = defineCommand({
  name: 'check',
  description:
    'Looks at the store with the eyes of the daemon: what keeps it from starting, entries that it cannot resolve, images that are gone or will be. Each finding names its rule (explain RULE says more) and its place in the file. Findings of the severity info are worth knowing and count as clean. Nothing is written, and no daemon is started.',
  options: checkOptions,
  positionals: {},
  examples: [
    { line: 'check', what: 'the store in use' },
    { line: 'check --require compose.yaml', what: 'and whether all that a compose file names is here' },
    { line: 'check --level full', what: 'before a data root is carried to another host' },
    { line: 'check --file copy.json', what: 'a file by itself, from another host' },
  ],
  statuses: {
    [exitStatus.findings]: 'there are findings',
    [exitStatus.refused]: 'there is no file, as the daemon uses the containerd image store and needs none',
  },
  async run({ options }, context) {
    const [{ location }, { checkStore }] = await Promise.all([
      openTarget(context, { mayBeMissing: true }),
      import('../../fsck/check-store.ts'),
    ]);
    // A file by itself that is not there is a slip of the pen; in a data root its absence is a finding.
    if (location.dataRoot === undefined) await (await import('../no-file.ts')).requireNamedFile(location);
    const report = await withCheckOptions(options, context, (how) => checkStore(location, how));
    await print(report, location.file, context);
    return isClean(report.findings) ? exitStatus.done : exitStatus.findings;
  },
});

async function print({ findings, summary, sha256 }: Report, file: string, { out }: Context): Promise<void> {
  if (findings.length === 0 && !out.json) {
    await out.print(
      `${out.colours.green('nothing found')}: ${escapeText(file)} is as the daemon writes it\n`,
    );
    return;
  }
  const { countFindings, findingDocuments, formatFindings } = await import('../findings-text.ts');
  if (out.json) {
    await out.printJson('check', {
      file,
      sha256: sha256 ?? null,
      summary,
      findings: findingDocuments(findings),
    });
    return;
  }
  await out.print(formatFindings(findings, file, out.columns, out.colours));
  await out.note(countFindings(summary));
}
