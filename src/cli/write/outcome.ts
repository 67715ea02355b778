import type { RestartResult } from '../../engine/restart-options.ts';
import type { WriteOutcome } from '../../errors.ts';
import type { LiveReceipt } from '../../live/apply-live.ts';
import type { WriteResult } from '../../store/results.ts';
import { escapeText } from '../../util/escape.ts';
import { countChanges } from '../formatters/changes.ts';
import type { Context } from '../framework/command.ts';
import { describeNotRunning } from './container-names.ts';

/** What became of a write: of a whole rollout, or of what was only planned. */
export interface Outcome extends WriteResult {
  /** Undefined where nothing was written. */
  readonly effective?: boolean;
  readonly reason?: string;
  readonly restart?: RestartResult | undefined;
  /** What the running daemon did itself, and what was changed on the host for it. */
  readonly live?: LiveReceipt | undefined;
}

/** What a write that succeeded left behind, for what fails after it. */
export function outcomeOf({ changed, backup, restart }: Outcome): WriteOutcome {
  return {
    file: changed ? 'new' : 'old',
    backup: backup?.id,
    ...(restart === undefined ? {} : { daemon: 'up' as const }),
  };
}

/** The result of a command that writes: a few lines, or one document. */
export async function printOutcome(
  file: string,
  outcome: Outcome,
  { out }: Context,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (out.json) {
    await out.printJson('write', { ...documentOf(file, outcome), ...details });
    return;
  }
  await out.print(
    linesOf(file, outcome)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** The keys of a JSON document about a write. */
export function documentOf(file: string, outcome: Outcome): Readonly<Record<string, unknown>> {
  const { changed, dryRun, changes, before, after, backup, effective, reason, restart, live } = outcome;
  return {
    file,
    changed,
    dryRun,
    changes,
    sha256: { before: before ?? null, after: after ?? null },
    backup: backup ?? null,
    effective: effective ?? null,
    reason: reason ?? null,
    restart: restart ?? null,
    live: live ?? null,
  };
}

/** What became of it, for people. */
export function linesOf(file: string, outcome: Outcome): string[] {
  const { changed, dryRun, changes, backup, effective, reason, restart, live } = outcome;
  if (!changed) {
    const pending = effective === false && !dryRun && reason !== undefined;
    return [
      'nothing to change',
      ...(pending ? [`a restart is pending: ${escapeText(reason)}`] : []),
      ...(restart === undefined || reason === undefined ? [] : [escapeText(reason)]),
      ...describeNotRunning(restart?.notRunning),
    ];
  }
  if (dryRun) return [`would be written: ${countChanges(changes)}`];
  return [
    `${live === undefined ? `written to ${escapeText(file)}` : 'made by the running daemon'}: ${countChanges(changes)}`,
    ...(backup === undefined ? [] : [`backup of the old file: ${backup.id}`]),
    ...(restart === undefined ? [] : [`the daemon was down for ${(restart.downMs / 1000).toFixed(2)} s`]),
    ...(live?.host ?? []).map((one) =>
      escapeText(`changed for the time of the pulls, and put back: ${one.file}`),
    ),
    ...(reason === undefined ? [] : [escapeText(reason)]),
    ...describeNotRunning(restart?.notRunning),
  ];
}
