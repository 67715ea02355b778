import type { Installation } from '../dataroot/installations.ts';
import type { DaemonManager } from '../engine/daemon-manager.ts';
import type { Engine } from '../engine/engine.ts';
import type { RestartResult, RestartStage, RestartStrategy } from '../engine/restart-options.ts';
import type { Change } from '../repositories/change.ts';
import type { CommitOptions, LockOptions } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';

/** `none`: written while the daemon runs, for whoever restarts it before its next change loses it. */
export type RolloutStrategy = RestartStrategy | 'none';

export type RolloutStage = RestartStage | 'writing' | 'verifying' | 'reapplying' | 'rolling-back';

export interface RolloutOptions
  extends Pick<CommitOptions, 'decode' | 'canonicalise' | 'ghosts' | 'seen'>,
    Pick<LockOptions, 'lockTimeoutMs' | 'onWait'> {
  /** Without one, a running daemon is a refusal. */
  readonly strategy?: RolloutStrategy | undefined;
  /** Needed by `stop-start` and `restart`. */
  readonly manager?: DaemonManager | undefined;
  /** Needed by `stop-start` and `restart`; without it, others cannot tell the containerd image store. */
  readonly engine?: Engine | undefined;
  /** Whose daemon.json tells the image store where no daemon does. Default: the usual ones. */
  readonly installations?: readonly Installation[] | undefined;
  /** For the stop, and again for the start, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Plan only: nothing is written, nothing is stopped. */
  readonly dryRun?: boolean | undefined;
  /** An abort never leaves the daemon down. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: RolloutStage) => void) | undefined;
}

export interface RolloutResult extends CommitResult {
  readonly strategy: RolloutStrategy | undefined;
  /** The daemon knows the change, or will read it at its next start because none is running. */
  readonly effective: boolean;
  /** Why it is effective or not, in one sentence. */
  readonly reason: string;
  /** How often it was written until it stayed: more than once when the daemon wrote the file in between. */
  readonly attempts: number;
  readonly restart: RestartResult | undefined;
  /** From the stop to the first good ping, in milliseconds. */
  readonly downMs: number | undefined;
  /**
   * What the daemon has now that is not what was written, in entries that were not touched: changes made since.
   * Undefined when it was not asked.
   */
  readonly verified: readonly Change[] | undefined;
}
