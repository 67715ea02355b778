import type { ErrorCode, RefstoreError } from '../../errors.ts';

/** What the exit statuses mean; the same for every command. */
export const exitStatus = {
  done: 0,
  /** Findings or differences (check, diff, resolve), or findings left after a repair. */
  findings: 1,
  /** The command line or an input cannot be read. */
  usage: 2,
  /** Nothing was changed, on purpose. */
  refused: 3,
  /** The lock was not to be had. */
  locked: 4,
  /** Writing failed; the old file stands. */
  notWritten: 5,
  /** The daemon did not come back or did not take what was written, or that could not be checked. */
  notEffective: 6,
  /** Stopped as asked when something was written or loaded already; a signal n makes it 128+n. */
  interrupted: 130,
} as const;

export const statusMeanings: Readonly<Record<number, string>> = {
  0: 'done, clean, no difference',
  1: 'findings or differences',
  2: 'the command line or an input cannot be read',
  3: 'refused, nothing changed',
  4: 'could not acquire the lock',
  5: 'writing failed, the old file stands',
  6: 'the daemon did not come back or did not load what was written, or that could not be checked',
};

/** The exit status of each error. A new code does not compile until it has one. */
export const statusOfError: Readonly<Record<ErrorCode, number>> = {
  USAGE: exitStatus.usage,
  INVALID_REFERENCE: exitStatus.usage,
  INVALID_REPOSITORIES_FILE: exitStatus.usage,
  INVALID_PATCH: exitStatus.usage,
  SOURCE_FAILED: exitStatus.usage,
  STORE_NOT_FOUND: exitStatus.usage,
  STORE_AMBIGUOUS: exitStatus.usage,
  READ_FAILED: exitStatus.usage,
  ENGINE_FAILED: exitStatus.usage,
  LIMIT_EXCEEDED: exitStatus.usage,
  REFERENCE_NOT_FOUND: exitStatus.refused,
  REFERENCE_CONFLICT: exitStatus.refused,
  PATCH_CONFLICT: exitStatus.refused,
  CHANGED_UNDERNEATH: exitStatus.refused,
  DAEMON_RUNNING: exitStatus.refused,
  LIVE_REFUSED: exitStatus.refused,
  CONTAINERD_IMAGE_STORE: exitStatus.refused,
  NOT_A_REGULAR_FILE: exitStatus.refused,
  UNPROVEN_DIGEST: exitStatus.refused,
  ABORTED: exitStatus.refused,
  LOCKED: exitStatus.locked,
  WRITE_FAILED: exitStatus.notWritten,
  RESTART_FAILED: exitStatus.notEffective,
  NOT_VERIFIED: exitStatus.notEffective,
  INTERNAL: exitStatus.notWritten,
};

/** The exit status of an error: what it left behind counts, and only then what went wrong. */
export function statusOf({ code, outcome }: Pick<RefstoreError, 'code' | 'outcome'>): number {
  const status = statusOfError[code];
  if (outcome === undefined) return status;
  const { file, daemon, rolledBack = false, imageLoaded = false } = outcome;
  if (daemon === 'down' || daemon === 'unknown') return exitStatus.notEffective;
  if (code === 'ABORTED') return file === 'new' || imageLoaded ? exitStatus.interrupted : status;
  if (file === 'new') return exitStatus.notEffective;
  // The daemon could not be stopped: nothing was written, and it runs.
  if (code === 'RESTART_FAILED' && !rolledBack) return imageLoaded ? exitStatus.findings : exitStatus.refused;
  if (imageLoaded && status !== exitStatus.notEffective) return exitStatus.findings;
  return status;
}
