import { usualInstallations } from '../../dataroot/installations.ts';
import type { StoreLocation } from '../../dataroot/stores.ts';
import { comesBack, type RunningContainer, runningContainers } from '../../engine/containers.ts';
import type { DaemonManager } from '../../engine/daemon-manager.ts';
import type { Engine } from '../../engine/engine.ts';
import type { RestartStrategy } from '../../engine/restart-options.ts';
import { RefstoreError } from '../../errors.ts';
import { daemonOf } from '../../rollout/daemon.ts';
import type { RolloutStrategy } from '../../rollout/options.ts';
import { refuseRunningDaemon } from '../../store/running-daemon.ts';
import type { Store } from '../../store/store.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';
import { plural } from '../framework/plural.ts';
import { UsageError } from '../framework/usage-error.ts';
import type { AskOptions, ManagerOptions } from '../options/write-options.ts';
import { engineOf, isLocal, mayAnswer } from '../target/running-engine.ts';

import { listNames, nameWithPolicy } from './container-names.ts';
import { lockWait } from './lock-wait.ts';

/** What is known, and will be done, about the daemon of a store: found out before anything is asked or written. */
export interface DaemonPlan {
  readonly isRunning: boolean;
  /** Undefined where no daemon of this host can be asked. */
  readonly engine: Engine | undefined;
  /** Only with a strategy that restarts. */
  readonly restart: RestartPlan | undefined;
}

export interface RestartPlan {
  readonly strategy: RestartStrategy;
  readonly manager: DaemonManager;
  readonly engine: Engine;
  /** Undefined when no daemon runs. */
  readonly containers:
    | { readonly running: readonly RunningContainer[]; readonly liveRestore: boolean }
    | undefined;
}

/**
 * @throws UsageError and what findManager and daemonOf throw: CONTAINERD_IMAGE_STORE when the daemon does not use
 *   the file, or would not if it ran, ENGINE_FAILED when it has to be asked and does not answer
 */
export async function planDaemon(
  store: Store,
  strategy: RolloutStrategy | undefined,
  options: ManagerOptions & Pick<AskOptions, 'dry-run'>,
  context: Context,
): Promise<DaemonPlan> {
  const { location } = store;
  // A dry run writes nothing, the lock neither.
  if (strategy === undefined || strategy === 'none' || location.dataRoot === undefined || options['dry-run'])
    return lookAtDaemon(location, strategy, options, context);
  // Another run may just be restarting the daemon: what is down then is not to be taken for a daemon that is down.
  return store.withLock(() => lookAtDaemon(location, strategy, options, context), lockWait(context));
}

async function lookAtDaemon(
  location: StoreLocation,
  strategy: RolloutStrategy | undefined,
  options: ManagerOptions,
  context: Context,
): Promise<DaemonPlan> {
  const installations = usualInstallations(context.env);
  if (strategy === undefined || strategy === 'none') {
    const engine = (await mayAnswer(context)) ? await localEngine(context) : undefined;
    const daemon = await daemonOf(location, { engine, strategy, installations });
    return { isRunning: daemon !== undefined, engine, restart: undefined };
  }
  const { dataRoot } = location;
  if (dataRoot === undefined) {
    throw new UsageError(
      'a file by itself has no daemon to restart',
      'name the data root with --data-root, or leave out --restart',
    );
  }
  const engine = await localEngine(context);
  if (engine === undefined) {
    const { host } = await engineOf(context);
    throw new UsageError(
      `the Docker daemon at ${host} is not on this host: it cannot be restarted from here`,
      'run refstore there, or say with --host where the daemon of this host listens',
    );
  }
  const daemon = await daemonOf(location, { engine, strategy, installations });
  const manager = await managerFor(dataRoot, options);
  const containers =
    daemon?.info === undefined
      ? undefined
      : {
          running: await runningContainers(engine, { signal: context.signal }),
          liveRestore: daemon.info.liveRestore,
        };
  return { isRunning: daemon !== undefined, engine, restart: { strategy, manager, engine, containers } };
}

/**
 * Before anything is asked: what a write without a strategy would run into.
 * @throws RefstoreError DAEMON_RUNNING
 */
export async function refuseRunning(
  { isRunning, engine }: DaemonPlan,
  location: StoreLocation,
): Promise<void> {
  await refuseRunningDaemon(location);
  if (!isRunning) return;
  // Its locks do not show here: it is in another pid namespace.
  throw new RefstoreError(
    'DAEMON_RUNNING',
    `the Docker daemon at ${engine?.host} uses ${location.dataRoot}; nothing was written`,
    {
      hint: 'let refstore restart it, with --restart=stop-start or --restart=restart, or stop it first',
      details: { dataRoot: location.dataRoot, file: location.file },
    },
  );
}

/** @throws RefstoreError USAGE when it cannot be told what runs the daemon, or that cannot start it */
async function managerFor(dataRoot: string, options: ManagerOptions): Promise<DaemonManager> {
  const { findManager } = await import('../../engine/find-manager.ts');
  const manager = await findManager({
    dataRoot,
    manager: options.manager,
    pidFile: options['pid-file'],
    commands: {
      stop: options['stop-command'],
      start: options['start-command'],
      restart: options['restart-command'],
    },
  });
  const { refreshManager } = await import('../../engine/restart.ts');
  // What cannot work is said before anything is asked.
  await refreshManager(manager);
  return manager;
}

/** A daemon on another host, with a data root of the same name, must not be taken for that of this one. */
async function localEngine(context: Context): Promise<Engine | undefined> {
  const engine = await engineOf(context);
  return isLocal(engine.host) ? engine : undefined;
}

/** What will be done, a line each; `work` is what is done before a restart, or between the stop and the start. */
export function describeRestart(
  { strategy, manager, containers }: RestartPlan,
  work: string | undefined,
): string[] {
  const [before, after] =
    strategy === 'restart' ? [[], manager.plan('restart')] : [manager.plan('stop'), manager.plan('start')];
  const steps = [...before, ...(work === undefined ? [] : [work]), ...after];
  return [
    `the daemon is restarted (${manager.name}); in this order:`,
    ...steps.map((step) => `    ${escapeText(step)}`),
    ...(containers === undefined ? ['no daemon runs now; it is started'] : describeContainers(containers)),
  ];
}

function describeContainers({ running, liveRestore }: NonNullable<RestartPlan['containers']>): string[] {
  if (running.length === 0) return ['no container is running'];
  const count = plural(running.length, 'running container');
  const all = listNames(running.map(({ name }) => name));
  if (liveRestore) return [`${count} keep running (live-restore): ${all}`];
  return [`${count} will be stopped (no live-restore): ${all}`, ...describeNotReturning(running)];
}

/** Which containers the daemon does not start again. */
function describeNotReturning(running: readonly RunningContainer[]): string[] {
  const [gone, maybe] = (['no', 'maybe'] as const).map((fate) =>
    running.filter((container) => comesBack(container) === fate),
  ) as [RunningContainer[], RunningContainer[]];
  return [
    ...(gone.length === 0 ? [] : [`not started again by the daemon: ${listNames(gone.map(nameWithPolicy))}`]),
    ...(maybe.length === 0
      ? []
      : [
          `started again only if they end with an error (on-failure): ${listNames(maybe.map(({ name }) => name))}`,
        ]),
  ];
}
