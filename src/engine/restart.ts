import { dataRootUser } from '../dataroot/in-use.ts';
import { RefstoreError, withOutcome } from '../errors.ts';
import { isAlive, type ProcessIdentity } from '../system/process.ts';
import { abortError, throwIfAborted } from '../util/abort.ts';
import { notRunningAnyMore, type RunningContainer, runningContainers } from './containers.ts';
import type { DaemonManager, ManagerAction } from './daemon-manager.ts';
import { EngineError } from './engine-error.ts';
import { waitForExit, waitForHealthy, waitForNoAnswer } from './health.ts';
import { defaultTimeoutMs } from './managers/run-step.ts';
import { RestartError } from './restart-error.ts';
import type { RestartOptions, RestartResult } from './restart-options.ts';
import { runningDaemon } from './running.ts';

/** What was known of the daemon before anything was done to it. */
interface Before {
  readonly running: boolean;
  readonly identity: ProcessIdentity | undefined;
  readonly expectedRoot: string | undefined;
  /** Undefined where the daemon could not be asked. */
  readonly containers: readonly RunningContainer[] | undefined;
}

/**
 * Restarts the daemon and waits until it answers, as a new process on the same data root. A daemon that is down
 * is started. Nothing asks the API while the daemon has to stay down: a request would wake it through its socket.
 *
 * @throws RestartError (RESTART_FAILED) with the state in which the daemon was left; USAGE, ENGINE_FAILED or
 *   ABORTED before anything was done; ABORTED, or what whileStopped threw, after the daemon was started again
 */
export async function restartDaemon(options: RestartOptions): Promise<RestartResult> {
  const { strategy, manager, signal } = options;
  throwIfAborted(signal);
  await refreshManager(manager);
  // What it takes, should it come to that, is there before anything is done.
  for (const action of strategy === 'restart' ? (['restart'] as const) : (['stop', 'start'] as const)) {
    manager.plan(action);
  }
  const before = await lookBefore(options);
  const actions = actionsFor(options, before);
  const commands = actions.flatMap((action) => manager.plan(action));
  let downSince = performance.now();
  const onStopping = () => {
    downSince = performance.now();
    options.onProgress?.('stopping');
  };
  const failure = strategy === 'restart' ? undefined : await stopAndWork(options, before, onStopping);
  const last = actions.at(-1) as ManagerAction;
  const answeredAt = await comeBack(options, before, last, onStopping).catch((error: unknown) => {
    throw failure === undefined ? error : bothFailed(failure.error, error);
  });
  if (failure !== undefined) throw failure.error;
  const notRunning = await unlessUnanswered(notRunningAnyMore(options.engine, before.containers ?? []));
  return {
    strategy,
    manager: manager.name,
    commands,
    downMs: answeredAt - downSince,
    notRunning: before.containers === undefined ? undefined : notRunning,
  };
}

/**
 * Has the manager look again at what it is to do.
 * @throws RefstoreError USAGE or RESTART_FAILED when it is known that it cannot: nothing was done
 */
export async function refreshManager(manager: DaemonManager): Promise<void> {
  try {
    await manager.refresh?.();
  } catch (error) {
    throw error instanceof RestartError ? withOutcome(error, { file: 'old', daemon: error.daemon }) : error;
  }
}

/** A daemon that is down is not stopped, unless something may wake it; a restart of it is a start where one can be. */
function actionsFor({ strategy, manager }: RestartOptions, { running }: Before): ManagerAction[] {
  const stops = running || manager.mayBeActivated;
  if (strategy === 'stop-start') return stops ? ['stop', 'start'] : ['start'];
  return stops || !manager.can('start') ? ['restart'] : ['start'];
}

async function lookBefore({ engine, dataRoot, timeoutMs }: RestartOptions): Promise<Before> {
  const daemon = await runningDaemon(engine, dataRoot, { timeoutMs });
  if (daemon === undefined)
    return { running: false, identity: undefined, expectedRoot: dataRoot, containers: [] };
  const { identity, info, problem } = daemon;
  if (problem?.reason === 'other-daemon') throw problem;
  // A daemon that does not answer is a reason to restart it.
  const containers = info === undefined ? undefined : await unlessUnanswered(runningContainers(engine));
  return { running: true, identity, expectedRoot: info?.dataRoot ?? dataRoot, containers };
}

/** What is only told is no reason to fail. */
async function unlessUnanswered<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof EngineError) return undefined;
    throw error;
  });
}

/** What failed while the daemon was stopped or was down. Throws where it must not be started again. */
async function stopAndWork(
  options: RestartOptions,
  before: Before,
  onStopping: () => void,
): Promise<{ error: unknown } | undefined> {
  try {
    await stop(options, before, onStopping);
  } catch (error) {
    // What still runs must not be started a second time beside itself; systemd sees to that by itself.
    if (!options.manager.mayBeActivated && (await mayStillRun(options, before))) throw error;
    return { error };
  }
  try {
    if (options.signal?.aborted) throw abortError(options.signal, 'interrupted; Docker was started again');
    await options.whileStopped?.();
  } catch (error) {
    return { error };
  }
  return undefined;
}

async function stop(
  options: RestartOptions,
  { running, identity }: Before,
  onStopping: () => void,
): Promise<void> {
  const { engine, manager, dataRoot, timeoutMs = defaultTimeoutMs, onProgress } = options;
  if (running || manager.mayBeActivated) await manager.stop({ timeoutMs, onStopping });
  if (dataRoot !== undefined) await waitForExit(dataRoot, identity, manager, timeoutMs);
  if (running && identity === undefined) await waitForNoAnswer(engine, manager, timeoutMs);
  onProgress?.('stopped');
}

async function mayStillRun({ dataRoot }: RestartOptions, { identity }: Before): Promise<boolean> {
  if (identity === undefined || dataRoot === undefined) return identity === undefined;
  try {
    return (await dataRootUser(dataRoot)) !== undefined;
  } catch {
    // The data root cannot be looked into any more: that must not keep Docker down.
    return isAlive(identity);
  }
}

/** Starts or restarts it and waits; when it first answered. */
async function comeBack(
  options: RestartOptions,
  before: Before,
  action: ManagerAction,
  onStopping: () => void,
): Promise<number> {
  const { engine, manager, dataRoot, timeoutMs = defaultTimeoutMs, onProgress } = options;
  if (action === 'restart') await restartOrStart(options, before, onStopping);
  else {
    onProgress?.('starting');
    await manager.start({ timeoutMs });
  }
  onProgress?.('started');
  const { identity, expectedRoot } = before;
  const answeredAt = await waitForHealthy({
    engine,
    manager,
    timeoutMs,
    dataRoot,
    before: identity,
    expectedRoot,
  });
  onProgress?.('healthy');
  return answeredAt;
}

/** A restart that failed halfway must not leave the daemon down: it is a stop and a start to some managers. */
async function restartOrStart(
  options: RestartOptions,
  before: Before,
  onStopping: () => void,
): Promise<void> {
  const { manager, timeoutMs = defaultTimeoutMs } = options;
  try {
    await manager.restart({ timeoutMs, onStopping });
  } catch (error) {
    // systemd tries again by itself.
    if (manager.mayBeActivated || !manager.can('start') || (await mayStillRun(options, before))) throw error;
    await manager.start({ timeoutMs }).catch((failure: unknown) => {
      throw bothFailed(error, failure);
    });
    throw error;
  }
}

/** The later error, with what went wrong before it; that is its cause. What that left behind still holds. */
function bothFailed(failure: unknown, error: unknown): unknown {
  if (!(error instanceof RefstoreError)) return error;
  const first = failure instanceof Error ? failure.message : String(failure);
  const message = `${error.message}; before that: ${first}`;
  const { code, hint, details } = error;
  const outcome = error.outcome ?? (failure instanceof RefstoreError ? failure.outcome : undefined);
  const options = { hint, cause: failure };
  const both =
    error instanceof EngineError
      ? new EngineError(error.host, error.reason, message, { ...options, status: error.status })
      : error instanceof RestartError
        ? new RestartError(message, {
            ...options,
            manager: error.manager,
            daemon: error.daemon,
            log: error.log,
          })
        : new RefstoreError(code, message, { ...options, details });
  both.outcome = outcome;
  return both;
}
