import { RefstoreError } from '../errors.ts';
import type { ManagerName } from './daemon-manager.ts';

/** `unknown`: it could not be told, or it may still be on its way. */
export type DaemonState = 'up' | 'down' | 'unknown';

export interface RestartErrorOptions {
  readonly manager: ManagerName;
  readonly hint?: string | undefined;
  /** The state in which the daemon was left. */
  readonly daemon?: DaemonState | undefined;
  /** Last lines of the daemon's log, or of the command that failed. */
  readonly log?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** The daemon could not be stopped or started, or did not come back (RESTART_FAILED). */
export class RestartError extends RefstoreError {
  readonly manager: ManagerName;
  readonly daemon: DaemonState;
  readonly log: readonly string[];

  constructor(message: string, { manager, hint, daemon = 'unknown', log = [], cause }: RestartErrorOptions) {
    super('RESTART_FAILED', message, { hint, details: { manager, daemon, log }, cause });
    this.manager = manager;
    this.daemon = daemon;
    this.log = log;
  }
}
