import { RefstoreError, reportIt, unforeseen, type WriteOutcome } from '../../errors.ts';
import { escapeText } from '../../util/escape.ts';
import { InterruptedError, statusOfSignal } from '../interrupt.ts';
import type { AnyCommand, Context } from './command.ts';
import { exitStatus, statusOf } from './exit-status.ts';
import type { Output } from './output.ts';

export interface Reported {
  /** How the user calls us; begins the message. */
  readonly program: string;
  /** The command writes: an error that nobody foresaw then counts as a failed write. */
  readonly writes?: boolean;
  /** Instead of the error's usual status. */
  readonly status?: number;
}

/**
 * Prints an error: one sentence and what to do next on stderr, and with --json a document on stdout.
 * @returns the exit status
 */
export async function reportError(error: unknown, out: Output, options: Reported): Promise<number> {
  const { code, message, hint, details } = describe(error);
  const outcome = error instanceof RefstoreError ? error.outcome : undefined;
  const { red, dim } = out.errorColours;
  await out.warn(`${red(`${options.program}:`)} ${escapeText(message)}`);
  if (hint !== undefined) await out.warn(`  ${escapeText(hint)}`);
  if (outcome !== undefined) await out.warn(`  ${describeOutcome(outcome)}`);
  if (out.verbose && error instanceof Error && error.stack !== undefined) {
    for (const line of stackOf(error)) await out.warn(dim(`  ${escapeText(line)}`));
  }
  if (out.json)
    await out.printJson('error', {
      error: { code, message, hint: hint ?? null, details, ...(outcome === undefined ? {} : { outcome }) },
    });
  if (error instanceof InterruptedError) return statusOfSignal(error.signal);
  if (error instanceof RefstoreError) return options.status ?? statusOf(error);
  return options.writes === true ? exitStatus.notWritten : exitStatus.usage;
}

/**
 * The result could not be printed: a failure, unless its reader only went away (`| head`).
 * @returns the exit status
 */
export async function reportUnprinted(
  failure: NodeJS.ErrnoException,
  status: number,
  { out, program }: Context,
  { writes = false }: AnyCommand,
): Promise<number> {
  if (failure.code === 'EPIPE') return status;
  await out.warn(`${program}: the result could not be printed: ${escapeText(failure.message)}`);
  // What a writer wrote stands, and its status has to say so.
  return status === exitStatus.done && !writes ? exitStatus.notWritten : status;
}

const daemonNow: Readonly<Record<'up' | 'down' | 'unknown', string>> = {
  up: 'the daemon is up',
  down: 'the daemon is down: start it by hand',
  unknown: 'could not find out whether the daemon is up',
};

/** What there is now, in one line. */
function describeOutcome({ file, daemon, rolledBack, backup, imageLoaded }: WriteOutcome): string {
  const kept = backup === undefined ? '' : ` (the old one is the backup ${backup})`;
  return [
    ...(imageLoaded === true ? ['the daemon has loaded the images'] : []),
    file === 'new'
      ? `the file is the new one${kept}`
      : `the old file ${rolledBack === true ? 'was put back' : 'stands'}`,
    ...(daemon === undefined ? [] : [daemonNow[daemon]]),
  ].join('; ');
}

interface Description {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

function describe(error: unknown): Description {
  if (error instanceof RefstoreError) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details };
  }
  return {
    code: 'INTERNAL',
    message: unforeseen(error),
    hint: reportIt,
    details: {},
  };
}

/** The stack without its first lines, which repeat the message, and those of the causes. */
function stackOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const lines = frames.map((line) => line.trim());
  if (!(error.cause instanceof Error)) return lines;
  return [...lines, `caused by: ${error.cause.message}`, ...stackOf(error.cause)];
}
