import { realpath } from 'node:fs/promises';
import { dataRootUser } from '../dataroot/in-use.ts';
import type { Engine, EngineInfo, RequestOptions } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { type ProcessIdentity, processStatus } from './process.ts';
import { wouldWake } from './would-wake.ts';

/** A daemon that runs. What is undefined could not be told. */
export interface RunningDaemon {
  /** Undefined where /proc/locks does not show it: another host, another pid namespace. */
  readonly identity: ProcessIdentity | undefined;
  /** Undefined when it does not answer. */
  readonly info: EngineInfo | undefined;
  /** Why it does not answer. */
  readonly problem: EngineError | undefined;
}

/** A daemon that takes longer to say where its data root is does not answer. */
const infoTimeoutMs = 10_000;

/**
 * The daemon that works on a data root; undefined when none runs. The locks on the data root tell it, and the
 * engine where they do not reach. No daemon is started by looking.
 * @throws RefstoreError READ_FAILED when the data root cannot be looked into
 */
export async function runningDaemon(
  engine: Engine,
  dataRoot: string | undefined,
  { timeoutMs = infoTimeoutMs }: RequestOptions = {},
): Promise<RunningDaemon | undefined> {
  const identity = await daemonProcess(dataRoot);
  if (identity === undefined && (await wouldWake(engine.host))) return undefined;
  try {
    const info = await engine.info({ timeoutMs: Math.min(timeoutMs, infoTimeoutMs) });
    const isMeant =
      identity !== undefined || dataRoot === undefined || (await isSamePlace(info.dataRoot, dataRoot));
    return isMeant ? { identity, info, problem: undefined } : undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return identity === undefined ? undefined : { identity, info: undefined, problem: error };
  }
}

/** The process that works on a data root, told from a later one. Undefined without one, or where it cannot be told. */
export async function daemonProcess(dataRoot: string | undefined): Promise<ProcessIdentity | undefined> {
  const user = dataRoot === undefined ? undefined : await dataRootUser(dataRoot);
  return user === undefined
    ? undefined
    : ((await processStatus(user.pid)) ?? { pid: user.pid, startTime: '' });
}

/** Whether two paths are one place: the daemon resolves symlinks in its data root, and its user may not. */
export async function isSamePlace(left: string, right: string): Promise<boolean> {
  if (left === right) return true;
  const [a, b] = await Promise.all([left, right].map((path) => realpath(path).catch(() => path)));
  return a === b;
}

/** @throws EngineError when the daemon that answers is not the one that works on the data root */
export async function requireSameDataRoot(engine: Engine, info: EngineInfo, dataRoot: string): Promise<void> {
  if (await isSamePlace(info.dataRoot, dataRoot)) return;
  throw new EngineError(
    engine.host,
    'other-daemon',
    `the Docker daemon at ${engine.host} works on ${info.dataRoot}, not on ${dataRoot}`,
    { hint: `say where the daemon of ${dataRoot} listens, with --host` },
  );
}
