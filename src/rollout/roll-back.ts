import { restartDaemon } from '../engine/restart.ts';
import { type DaemonState, RestartError } from '../engine/restart-error.ts';
import type { RestartOptions } from '../engine/restart-options.ts';
import { runningDaemon } from '../engine/running.ts';
import type { RefstoreError } from '../errors.ts';
import type { LockedStore } from '../store/store.ts';
import { type AppliedChange, couldStartBefore, revertChange } from './applied-change.ts';
import { failedRollout, type StateAfter } from './failure.ts';

/**
 * The daemon did not come back, or did not take the change: the old file goes back, and the daemon is started
 * on it again.
 * @returns the error to throw: what went wrong, and which state the host is in
 */
export async function rollBack(
  locked: LockedStore,
  applied: AppliedChange,
  restart: RestartOptions,
  cause: unknown,
): Promise<RefstoreError> {
  return failedRollout(cause, await putBack(locked, applied, restart, cause), applied.result.backup);
}

async function putBack(
  locked: LockedStore,
  applied: AppliedChange,
  restart: RestartOptions,
  cause: unknown,
): Promise<StateAfter> {
  const { file } = locked.location;
  const { backup } = applied.result;
  const kept = backup === undefined ? 'there was no old one' : `the old one is the backup ${backup.id}`;
  if (!applied.result.changed) {
    return {
      file: 'new',
      daemon: await stateAfter(cause, restart),
      rolledBack: false,
      text: `${file} was not changed, so there is nothing to put back`,
    };
  }
  if (!couldStartBefore(applied)) {
    const text = `${file} is the new one: no daemon could start on the old one; ${kept}`;
    return { file: 'new', daemon: await stateAfter(cause, restart), rolledBack: false, text };
  }
  const why = 'the daemon did not take the new file';
  let isBack = false;
  const putOldBack = async (daemon: 'refuse' | 'allow') => {
    await revertChange(locked, applied, why, daemon);
    isBack = true;
  };
  try {
    if (restart.strategy === 'restart') await putOldBack('allow');
    await restartDaemon({
      ...restart,
      signal: undefined,
      whileStopped: restart.strategy === 'stop-start' ? () => putOldBack('refuse') : undefined,
    });
    const text = `the old ${file} was put back, and the daemon is up again`;
    return { file: 'old', daemon: 'up', rolledBack: true, text };
  } catch (error) {
    // A daemon that cannot be stopped must at its next start find the file on which it did start.
    if (!isBack) await putOldBack('allow').catch(() => undefined);
    const place = isBack ? `the old ${file} was put back` : `${file} is still the new one, ${kept}`;
    const daemon = await stateAfter(error, restart);
    const message = error instanceof Error ? error.message : String(error);
    const text = `${place}, and then: ${message}; ${inWords[daemon]}`;
    return { file: isBack ? 'old' : 'new', daemon, rolledBack: isBack, text };
  }
}

const inWords: Readonly<Record<DaemonState, string>> = {
  up: 'the daemon is up',
  down: 'the daemon is down, and has to be started by hand',
  unknown: 'whether the daemon is up could not be found out',
};

/** As the error says; where it does not, as it looks now: a command of the operator's that failed tells nothing. */
export async function stateAfter(error: unknown, { engine, dataRoot }: RestartOptions): Promise<DaemonState> {
  const state = stateIn(error);
  if (state !== 'unknown') return state;
  try {
    const daemon = await runningDaemon(engine, dataRoot);
    if (daemon === undefined) return 'down';
    return daemon.info === undefined ? 'unknown' : 'up';
  } catch {
    return 'unknown'; // behind an error that says more
  }
}

function stateIn(error: unknown): DaemonState {
  return error instanceof RestartError ? error.daemon : 'unknown';
}
