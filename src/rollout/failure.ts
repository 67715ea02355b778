import { type DaemonState, RestartError } from '../engine/restart-error.ts';
import { RefstoreError } from '../errors.ts';
import type { Change } from '../repositories/change.ts';
import type { Backup } from '../store/backup-name.ts';

/** The daemon is up and has not what was written. */
export function notApplied(file: string, missing: readonly Change[]): RefstoreError {
  const names = missing.map(({ reference }) => reference);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return new RefstoreError(
    'NOT_VERIFIED',
    `the Docker daemon did not take what was written to ${file}: ${names.slice(0, 3).join(', ')}${more}`,
    {
      hint: 'does it have the images (docker image ls --no-trunc), and is this the store that it reads (refstore status)?',
      details: { missing },
    },
  );
}

/** Whatever was written, somebody else wrote the file again before the daemon had read it. */
export function overwrittenRepeatedly(file: string, attempts: number): RefstoreError {
  return new RefstoreError(
    'CHANGED_UNDERNEATH',
    `${file} was overwritten each of the ${attempts} times that it was written, before the daemon had read it`,
    {
      hint: 'find out what pulls, tags or removes images all the time, or use --restart=stop-start',
      details: { file, attempts },
    },
  );
}

export interface StateAfter {
  /** Which bytes are in the file now. */
  readonly file: 'old' | 'new';
  readonly daemon: DaemonState;
  /** The file was written, and is as it was before. */
  readonly rolledBack: boolean;
  /** One sentence: what was done about it, and what there is now. */
  readonly text: string;
}

/** What went wrong, with the state in which the host was left. */
export function failedRollout(
  cause: unknown,
  { file, daemon, rolledBack, text }: StateAfter,
  backup: Backup | undefined,
): RefstoreError {
  const first = cause instanceof Error ? cause.message : String(cause);
  const { hint, details } = cause instanceof RefstoreError ? cause : { hint: undefined, details: {} };
  const code = cause instanceof RestartError ? 'RESTART_FAILED' : 'NOT_VERIFIED';
  return new RefstoreError(code, `${first}; ${text}`, {
    hint,
    details: { ...details, file, daemon },
    outcome: { file, daemon, rolledBack, backup: backup?.id },
    cause,
  });
}
