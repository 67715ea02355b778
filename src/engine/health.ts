import { setTimeout as pause } from 'node:timers/promises';
import { dataRootUser, describeUser } from '../dataroot/in-use.ts';
import type { ProcessIdentity } from '../system/process.ts';
import type { DaemonManager } from './daemon-manager.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { RestartError } from './restart-error.ts';
import { daemonProcess, whyOtherDaemon } from './running.ts';
import { isSocketActivated } from './socket-activation.ts';

const downPollMs = 5;
const pingTimeoutMs = 2_000;

/**
 * Waits until no process works on the data root.
 * @throws RestartError when one still does at the end, or another one has begun to
 */
export async function waitForExit(
  dataRoot: string,
  before: ProcessIdentity | undefined,
  manager: DaemonManager,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const user = await dataRootUser(dataRoot);
    if (user === undefined) return;
    if (before !== undefined && user.pid !== undefined && user.pid !== before.pid) {
      throw new RestartError(
        `the Docker daemon was stopped, and something else started it again: ${describeUser(user)}`,
        {
          manager: manager.name,
          daemon: 'up',
          hint: 'name what looks after it: --manager, or --stop-command and --start-command',
        },
      );
    }
    if (performance.now() > deadline) {
      throw new RestartError(
        `the Docker daemon did not stop: ${describeUser(user)} still works on ${dataRoot} after ${timeoutMs / 1000} s`,
        { manager: manager.name, hint: 'it was not killed: look at its log', log: await manager.log() },
      );
    }
    await pause(downPollMs);
  }
}

/**
 * Waits until the daemon does not answer any more, where nothing else tells that it is down.
 * @throws RestartError
 */
export async function waitForNoAnswer(
  engine: Engine,
  manager: DaemonManager,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSocketActivated(engine.host)) && (await answers(engine))) {
    if (performance.now() > deadline) {
      throw new RestartError(
        `the Docker daemon did not stop: it still answers at ${engine.host} after ${timeoutMs / 1000} s`,
        { manager: manager.name, daemon: 'up', hint: 'is the manager that of the daemon that was meant?' },
      );
    }
    await pause(downPollMs);
  }
}

async function answers(engine: Engine): Promise<boolean> {
  return engine.ping({ timeoutMs: pingTimeoutMs }).then(
    () => true,
    () => false,
  );
}

export interface HealthOptions {
  readonly engine: Engine;
  readonly manager: DaemonManager;
  readonly timeoutMs: number;
  /** The daemon that must not be taken for the new one. */
  readonly before?: ProcessIdentity | undefined;
  readonly dataRoot?: string | undefined;
  /** What the daemon must say of its data root. */
  readonly expectedRoot?: string | undefined;
}

/**
 * Waits until the daemon answers, and is a new one that works on the data root that is meant.
 * @returns when it first answered (performance.now())
 * @throws RestartError
 */
export async function waitForHealthy(options: HealthOptions): Promise<number> {
  const { engine, manager, timeoutMs, dataRoot } = options;
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  for (let round = 0; performance.now() < deadline; round++) {
    try {
      await engine.ping({ timeoutMs: Math.min(pingTimeoutMs, timeoutMs) });
      if (await isNew(options)) {
        const answeredAt = performance.now();
        await requireExpectedRoot(options, Math.max(pingTimeoutMs, deadline - answeredAt));
        return answeredAt;
      }
      problem = undefined;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      problem = error;
    }
    if (manager.hasEnded?.() === true)
      throw await notBack(manager, 'down', 'its process ended again', problem);
    await pause(round < 100 ? 10 : 100);
  }
  const user = await daemonProcess(dataRoot);
  const how =
    problem === undefined && user !== undefined
      ? `process ${user.pid} is still the old one after ${timeoutMs / 1000} s`
      : `${user === undefined ? '' : `process ${user.pid} runs, but `}it did not answer within ${timeoutMs / 1000} s`;
  throw await notBack(manager, 'unknown', how, problem);
}

async function isNew({ before, dataRoot }: HealthOptions): Promise<boolean> {
  if (before === undefined) return true;
  const now = await daemonProcess(dataRoot);
  return now !== undefined && (now.pid !== before.pid || now.startTime !== before.startTime);
}

async function notBack(
  manager: DaemonManager,
  daemon: 'down' | 'unknown',
  why: string,
  cause: unknown,
): Promise<RestartError> {
  const log = await manager.log();
  const said = log.length === 0 ? '' : `; its last word: ${log.at(-1)}`;
  return new RestartError(`the Docker daemon did not come back: ${why}${said}`, {
    manager: manager.name,
    daemon,
    log,
    cause,
  });
}

async function requireExpectedRoot(options: HealthOptions, timeoutMs: number): Promise<void> {
  const { engine, manager, expectedRoot } = options;
  const info = await engine.info({ timeoutMs });
  const why = expectedRoot === undefined ? undefined : await whyOtherDaemon(info, expectedRoot);
  if (why === undefined) return;
  throw new RestartError(`the Docker daemon at ${engine.host} is up, and ${why}`, {
    manager: manager.name,
    daemon: 'up',
    hint: 'is the manager that of the daemon that was meant? See --host and --data-root',
  });
}
