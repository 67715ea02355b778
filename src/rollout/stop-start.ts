import { restartDaemon } from '../engine/restart.ts';
import { RestartError } from '../engine/restart-error.ts';
import type { RestartOptions, RestartResult } from '../engine/restart-options.ts';
import { withOutcome } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import type { CommitOptions, Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import { loadWriter } from '../store/stage.ts';
import type { LockedStore } from '../store/store.ts';
import { notTaken } from './failure.ts';
import type { RolloutOptions } from './options.ts';
import { type OwnChange, writeOwnChange } from './own-change.ts';
import { rollBack, stateAfter } from './roll-back.ts';
import { type Taken, whatIsTaken } from './taken.ts';

export interface Restarted {
  readonly result: CommitResult;
  readonly restart: RestartResult;
  readonly attempts: number;
  readonly others: Taken['others'];
}

/**
 * Stop, write, start, verify. All planning was done before, as the daemon is down only for the write; only when
 * the file is not what was planned on (a save of the daemon on its last breath) is it done again.
 */
export async function stopStart(
  locked: LockedStore,
  plan: Patch | Planner,
  planned: CommitResult,
  options: RolloutOptions,
  restart: RestartOptions,
): Promise<Restarted> {
  const { engine } = restart;
  const writing: CommitOptions = { ...options, dryRun: false, daemon: 'refuse' };
  const planner: Planner = (snapshot) => {
    if (snapshot.sha256 === planned.before) return planned.patch;
    return typeof plan === 'function' ? plan(snapshot) : plan;
  };
  await loadWriter();
  // What can be known to fail is found while the daemon still runs.
  if (planned.changed) await locked.commit(planner, { ...writing, daemon: 'allow', rehearse: true });
  const done: { own?: OwnChange; restart?: RestartResult; isStopped?: boolean } = {};
  try {
    done.restart = await restartDaemon({
      ...restart,
      onProgress: (stage) => {
        done.isStopped = true;
        restart.onProgress?.(stage);
      },
      whileStopped: async () => {
        options.onProgress?.('writing');
        done.own = await writeOwnChange(locked, planner, writing);
      },
    });
    const { own } = done;
    if (own === undefined) throw new TypeError('the daemon was restarted and nothing was written');
    options.onProgress?.('verifying');
    const { missing, others } = await whatIsTaken(engine, own.result);
    if (missing.length > 0) throw notTaken(locked.location.file, missing);
    return { result: own.result, restart: done.restart, attempts: 1, others };
  } catch (error) {
    if (done.own === undefined) throw await unwritten(error, done.isStopped, restart);
    options.onProgress?.('rolling-back');
    throw await rollBack(locked, done.own, restart, error);
  }
}

/** The write failed, or it did not come to it: the error, with what was left behind. */
async function unwritten(
  error: unknown,
  isStopped: boolean | undefined,
  restart: RestartOptions,
): Promise<unknown> {
  if (isStopped !== true) return error;
  // What is not about the restart is thrown when the daemon is up again.
  const daemon = error instanceof RestartError ? await stateAfter(error, restart) : 'up';
  return withOutcome(error, { file: 'old', daemon });
}
