import { liveRepositories } from '../engine/live.ts';
import { restartDaemon } from '../engine/restart.ts';
import { RestartError } from '../engine/restart-error.ts';
import type { RestartOptions } from '../engine/restart-options.ts';
import { withOutcome } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import type { LockedStore } from '../store/store.ts';
import { throwIfAborted } from '../util/abort.ts';
import { type AppliedChange, applyChange, reapply, revertChange } from './applied-change.ts';
import { changesSince, mergeDaemonChanges } from './daemon-changes.ts';
import { notApplied, overwrittenRepeatedly } from './failure.ts';
import type { RolloutOptions } from './options.ts';
import { rollBack } from './roll-back.ts';
import type { Restarted } from './stop-start.ts';
import { verifyApplied } from './verify-applied.ts';

/** How often the file is written at most, when the daemon, or somebody else, keeps writing it too. */
const maxAttempts = 5;

interface Written {
  readonly applied: AppliedChange;
  /** What we last wrote. */
  last: CommitResult;
  attempts: number;
}

/**
 * Write while the daemon runs, restart it, verify. Whatever it saves in between overwrites the file from its
 * memory: that is noticed before the restart, where it can be, and after it, and the change is brought in again,
 * so that both are there in the end.
 */
export async function restartAfterwards(
  locked: LockedStore,
  plan: Patch | Planner,
  options: RolloutOptions,
  restart: RestartOptions,
  daemonRuns: boolean,
): Promise<Restarted> {
  const { engine, signal } = restart;
  // Before the file is read: what the daemon changes from now on is found by looking again.
  let memory = daemonRuns ? await liveRepositories(engine, { signal }) : undefined;
  options.onProgress?.('writing');
  const daemon = daemonRuns ? 'allow' : 'refuse';
  const applied = await applyChange(locked, plan, { ...options, dryRun: false, daemon });
  const written: Written = { applied, last: applied.result, attempts: 1 };
  for (;;) {
    const result = await settleAndRestart(locked, written, options, restart, memory);
    try {
      options.onProgress?.('verifying');
      const { patch } = applied.result;
      const { after, repositories } = written.last;
      const { missing, others } = await verifyApplied(engine, { repositories, patch });
      if (missing.length === 0) {
        return {
          result: { ...applied.result, after, repositories },
          restart: result,
          attempts: written.attempts,
          others,
        };
      }
      if ((await locked.read()).sha256 === after) throw notApplied(locked.location.file, missing);
      if (written.attempts >= maxAttempts)
        throw overwrittenRepeatedly(locked.location.file, written.attempts);
      // The daemon saved between our last look and its end: what it had in memory is the file now.
      memory = await liveRepositories(engine);
    } catch (error) {
      options.onProgress?.('rolling-back');
      throw await rollBack(locked, applied, restart, error);
    }
  }
}

async function settleAndRestart(
  locked: LockedStore,
  written: Written,
  options: RolloutOptions,
  restart: RestartOptions,
  memory: Repositories | undefined,
) {
  try {
    if (memory !== undefined) await reconcile(locked, written, options, restart, memory);
    return await restartDaemon(restart);
  } catch (error) {
    if (error instanceof RestartError) {
      options.onProgress?.('rolling-back');
      throw await rollBack(locked, written.applied, restart, error);
    }
    const backup = written.applied.result.backup?.id;
    await undo(locked, written.applied, restart, memory).catch((failure: unknown) => {
      throw withOutcome(failure, { file: 'new', backup });
    });
    throw withOutcome(error, { file: 'old', rolledBack: written.applied.result.changed, backup });
  }
}

/** Until the file holds our change, and all that the daemon has changed since. */
async function reconcile(
  locked: LockedStore,
  written: Written,
  options: RolloutOptions,
  { engine, signal }: RestartOptions,
  memory: Repositories,
): Promise<void> {
  const { applied } = written;
  for (;;) {
    throwIfAborted(signal);
    if ((await locked.read()).sha256 !== written.last.after) {
      if (written.attempts >= maxAttempts) {
        throw overwrittenRepeatedly(locked.location.file, written.attempts);
      }
      options.onProgress?.('reapplying');
      written.last = await reapply(locked, applied);
      written.attempts++;
      continue;
    }
    const changes = await changesSince(engine, memory, { signal });
    const brought = await mergeDaemonChanges(locked, applied.base.repositories, changes, 'fail');
    if (!brought.changed) return;
    written.last = brought;
  }
}

/** Nothing was restarted, and nothing will be: the file becomes what the daemon's own saves would have made it. */
async function undo(
  locked: LockedStore,
  applied: AppliedChange,
  { engine }: RestartOptions,
  memory: Repositories | undefined,
): Promise<void> {
  await revertChange(locked, applied, 'the daemon was not restarted', 'allow');
  if (memory === undefined) return;
  await mergeDaemonChanges(locked, applied.base.repositories, await changesSince(engine, memory), 'theirs');
}
