import { dataRootUse } from '../dataroot/in-use.ts';
import type { Engine } from '../engine/engine.ts';
import { refreshManager } from '../engine/restart.ts';
import type { RestartOptions } from '../engine/restart-options.ts';
import { RefstoreError } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import { refuseRunningDaemon } from '../store/running-daemon.ts';
import type { Store } from '../store/store.ts';
import { applyChange } from './applied-change.ts';
import { daemonOf } from './daemon.ts';
import type { RolloutOptions, RolloutResult } from './options.ts';
import { restartAfterwards } from './restart.ts';
import { stopStart } from './stop-start.ts';
import { verifyApplied } from './verify-applied.ts';

/**
 * Commits a change and makes the daemon know it.
 * - No daemon on the store's data root: commit; the next one that starts reads the file.
 * - A daemon, and no strategy: refused (DAEMON_RUNNING).
 * - `stop-start`: plan, stop, write, start, verify. The lock is held all through.
 * - `restart`: write, restart, verify; what the daemon saved in between is merged, and the change written again.
 * - `none`: write while it runs.
 *
 * With `stop-start` and `restart`, a daemon that does not come back, or has not what was written, is started
 * again on the old bytes, and the error says in which state the host is. A change that the daemon knows already
 * restarts nothing; one that is in the file and not in the daemon does. A daemon that is down is started, also when
 * there is nothing to write.
 *
 * @throws RefstoreError what Store.commit throws, CONTAINERD_IMAGE_STORE, USAGE, ENGINE_FAILED, ABORTED: the file
 *   is as it was, or as others wrote it; RESTART_FAILED and NOT_VERIFIED: `details.file` says whether the file is
 *   the old or the new one, `details.daemon` whether the daemon is up
 */
export async function rollOut(
  store: Store,
  plan: Patch | Planner,
  options: RolloutOptions = {},
): Promise<RolloutResult> {
  const { strategy, engine, dryRun = false } = options;
  const restart = restartOptions(store, options);
  const runs = (await daemonOf(store.location, options)) !== undefined;
  if (dryRun) {
    const result = await store.commit(plan, { ...options, daemon: 'allow' });
    return unrestarted(result, options, { effective: false, reason: 'this was a dry run' });
  }
  if (restart !== undefined) return await withRestart(store, plan, options, restart);
  if (runs && strategy === undefined) await refuseAChange(store, plan, options);
  const result = await store.commit(plan, { ...options, daemon: strategy === 'none' ? 'allow' : 'refuse' });
  if (!runs) return unrestarted(result, options, await effectWithoutRestart(store, runs));
  if (!result.changed && engine !== undefined && (await isKnown(engine, result))) {
    return unrestarted(result, options, knownAlready);
  }
  return unrestarted(result, options, await effectWithoutRestart(store, runs));
}

/** Whether the daemon will see what was written without a restart. */
export async function effectWithoutRestart(store: Store, runs: boolean): Promise<Effect> {
  return runs ? notRestarted : await nobodyRuns(store);
}

const notRestarted = {
  effective: false,
  reason:
    'the daemon was not restarted: it reads the file at its next start, and overwrites it at its next change',
};
const knownAlready = { effective: true, reason: 'the daemon has it already' };
const started = { effective: true, reason: 'the daemon was started, and has it' };
const applied = { effective: true, reason: 'the daemon was restarted, and has it' };

async function nobodyRuns({ location: { dataRoot, file } }: Store): Promise<Effect> {
  if (dataRoot === undefined) {
    return { effective: true, reason: `${file} is a file by itself: a daemon that starts on it reads it` };
  }
  const use = await dataRootUse(dataRoot);
  if (use.state !== 'unknown') {
    return { effective: true, reason: `no daemon uses ${dataRoot}: the next one that starts reads it` };
  }
  const reason = `no daemon was seen that uses ${dataRoot}, and it cannot be told that none does (${use.why}): one that starts reads it, one that runs overwrites it`;
  return { effective: false, reason };
}

async function withRestart(
  store: Store,
  plan: Patch | Planner,
  options: RolloutOptions,
  restart: RestartOptions,
): Promise<RolloutResult> {
  return await store.withLock(async (locked) => {
    await refreshManager(restart.manager);
    // Looked at again: another run may have restarted it before this one had the lock.
    const runs = (await daemonOf(store.location, options)) !== undefined;
    const { base, result: planned } = await applyChange(locked, plan, { ...options, dryRun: true });
    // With nothing to write, a daemon that is down is started all the same.
    if (!planned.changed && runs) {
      const result = { ...planned, dryRun: false };
      if (await isKnown(restart.engine, result)) return unrestarted(result, options, knownAlready);
    }
    const done =
      restart.strategy === 'stop-start'
        ? await stopStart(locked, plan, planned, { ...options, seen: base }, restart)
        : await restartAfterwards(locked, plan, options, restart, runs);
    return {
      ...done.result,
      ...(runs ? applied : started),
      strategy: restart.strategy,
      attempts: done.attempts,
      restart: done.restart,
      downMs: done.restart.downMs,
      verified: done.others,
    };
  }, options);
}

/** @throws RefstoreError USAGE when the strategy needs what was not given */
function restartOptions({ location }: Store, options: RolloutOptions): RestartOptions | undefined {
  const { strategy, manager, engine, timeoutMs, signal, onProgress } = options;
  if (strategy === undefined || strategy === 'none') return undefined;
  const { dataRoot, file } = location;
  if (manager === undefined || engine === undefined || dataRoot === undefined) {
    const missing =
      dataRoot === undefined ? `a data root: ${file} is a file by itself` : 'a manager and an engine';
    throw new RefstoreError('USAGE', `the strategy ${strategy} needs ${missing}`);
  }
  // A command that is missing is found before anything is written.
  for (const action of strategy === 'restart' ? (['restart'] as const) : (['stop', 'start'] as const)) {
    manager.plan(action);
  }
  return { strategy, manager, engine, dataRoot, timeoutMs, signal, onProgress };
}

/** @throws RefstoreError DAEMON_RUNNING when the plan would change something */
async function refuseAChange(store: Store, plan: Patch | Planner, options: RolloutOptions): Promise<void> {
  const { changed } = await store.commit(plan, { ...options, dryRun: true });
  if (!changed) return;
  const { location } = store;
  await refuseRunningDaemon(location);
  // It ended between the two looks, and nobody said that there is one which cannot be seen.
  if (options.engine === undefined) return;
  // A daemon whose locks do not show here: it is in another pid namespace.
  throw new RefstoreError(
    'DAEMON_RUNNING',
    `the Docker daemon at ${options.engine.host} uses ${location.dataRoot}: it would not see the change to ${location.file}, and would overwrite it; nothing was written`,
    {
      hint: 'let refstore restart it, with --restart=stop-start (stop, write, start) or --restart=restart (write, restart, check)',
      details: { dataRoot: location.dataRoot, file: location.file },
    },
  );
}

async function isKnown(engine: Engine, result: CommitResult): Promise<boolean> {
  return (await verifyApplied(engine, result)).missing.length === 0;
}

interface Effect {
  readonly effective: boolean;
  readonly reason: string;
}

function unrestarted(result: CommitResult, { strategy }: RolloutOptions, effect: Effect): RolloutResult {
  return {
    ...result,
    ...effect,
    strategy,
    attempts: result.changed && !result.dryRun ? 1 : 0,
    restart: undefined,
    downMs: undefined,
    verified: undefined,
  };
}
