import type { RunningContainer } from './containers.ts';
import type { DaemonManager, ManagerName } from './daemon-manager.ts';
import type { Engine } from './engine.ts';

/**
 * `stop-start`: stop, do what has to be done while nothing runs, start.
 * `restart`: the manager's own restart, in one go.
 */
export type RestartStrategy = 'stop-start' | 'restart';

/** What is happening, for progress: one word a stage, in this order. */
export type RestartStage = 'stopping' | 'stopped' | 'starting' | 'started' | 'healthy';

export interface RestartOptions {
  readonly strategy: RestartStrategy;
  readonly manager: DaemonManager;
  readonly engine: Engine;
  /** Data root of the daemon: says when it is really down (/proc/locks), and that the right one came back. */
  readonly dataRoot?: string | undefined;
  /** For the stop, and again for the start until the daemon answers, in milliseconds (60,000). */
  readonly timeoutMs?: number | undefined;
  /** Only with `stop-start`: run while no daemon runs. When it throws, the daemon is started all the same. */
  readonly whileStopped?: (() => Promise<void>) | undefined;
  /** Looked at before the stop and before whileStopped: an abort never leaves the daemon down. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: RestartStage) => void) | undefined;
}

export interface RestartResult {
  readonly strategy: RestartStrategy;
  readonly manager: ManagerName;
  /** The commands that were run. */
  readonly commands: readonly string[];
  /** From the stop to the first good ping, in milliseconds. */
  readonly downMs: number;
  /**
   * Containers that ran before and do not run now: those without a restart policy, those with `--rm`, and those that
   * did not start again. Undefined where it could not be told.
   */
  readonly notRunning: readonly RunningContainer[] | undefined;
}
