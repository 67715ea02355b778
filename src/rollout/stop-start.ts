import { restartDaemon } from '../engine/restart.ts';
import { RestartError } from '../engine/restart-error.ts';
import type { RestartOptions, RestartResult } from '../engine/restart-options.ts';
import { withOutcome } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import type { CommitOptions, Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import { loadWriter } from '../store/stage.ts';
import type { LockedStore } from '../store/store.ts';
import { type AppliedChange, applyChange } from './applied-change.ts';
import { notApplied } from './failure.ts';
import type { RolloutOptions } from './options.ts';
import { rollBack, stateAfter } from './roll-back.ts';
import { type ApplyCheck, verifyApplied } from './verify-applied.ts';

export interface Restarted {
  readonly result: CommitResult;
  readonly restart: RestartResult;
  readonly attempts: number;
  readonly others: ApplyCheck['others'];
}

/**
 * Stop, write, start, verify. All planning was done before, as the daemon is down only for the write; only when
 * the file is not what was planned on (the daemon saved it while it stopped) is it done again.
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
  const done: { applied?: AppliedChange; restart?: RestartResult; isStopped?: boolean } = {};
  try {
    done.restart = await restartDaemon({
      ...restart,
      onProgress: (stage) => {
        done.isStopped = true;
        restart.onProgress?.(stage);
      },
      whileStopped: async () => {
        options.onProgress?.('writing');
        done.applied = await applyChange(locked, planner, writing);
      },
    });
    const { applied } = done;
    if (applied === undefined) throw new TypeError('the daemon was restarted and nothing was written');
    options.onProgress?.('verifying');
    const { missing, others } = await verifyApplied(engine, applied.result);
    if (missing.length > 0) throw notApplied(locked.location.file, missing);
    return { result: applied.result, restart: done.restart, attempts: 1, others };
  } catch (error) {
    if (done.applied === undefined) throw await unwritten(error, done.isStopped, restart);
    options.onProgress?.('rolling-back');
    throw await rollBack(locked, done.applied, restart, error);
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
