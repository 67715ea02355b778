import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataRootUser, dataRootUser } from '../dataroot/in-use.ts';
import { RefstoreError } from '../errors.ts';
import { type ProcessIdentity, processStatus } from '../system/process.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { isFields, parseJson } from '../util/json.ts';
import type { Engine, EngineInfo, RequestOptions } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { isSocketActivated } from './socket-activation.ts';

/** A daemon that runs. What is undefined could not be told. */
export interface RunningDaemon {
  /** Undefined where no dockerd shows that works on the data root: another host, another pid namespace. */
  readonly identity: ProcessIdentity | undefined;
  /** Undefined when it does not answer. */
  readonly info: EngineInfo | undefined;
  /** Why it does not answer, or that another one does (reason `other-daemon`). */
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
  const user = dataRoot === undefined ? undefined : await dataRootUser(dataRoot);
  const identity = await identityOf(user);
  if (user === undefined && (await isSocketActivated(engine.host))) return undefined;
  try {
    const info = await engine.info({ timeoutMs: Math.min(timeoutMs, infoTimeoutMs) });
    if (dataRoot !== undefined) await requireSameDataRoot(engine, info, dataRoot);
    return { identity, info, problem: undefined };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return user === undefined ? undefined : { identity, info: undefined, problem: error };
  }
}

/**
 * The dockerd that works on a data root, told from a later one. Undefined without one, where it cannot be told, and
 * for a process that only holds a daemon's lock.
 */
export async function daemonProcess(dataRoot: string | undefined): Promise<ProcessIdentity | undefined> {
  return identityOf(dataRoot === undefined ? undefined : await dataRootUser(dataRoot));
}

async function identityOf(user: DataRootUser | undefined): Promise<ProcessIdentity | undefined> {
  if (user?.pid === undefined || !user.isDaemon) return undefined;
  return (await processStatus(user.pid)) ?? { pid: user.pid, startTime: '' };
}

/** Whether two paths are one place: the daemon resolves symlinks in its data root, and its user may not. */
export async function isSamePlace(left: string, right: string): Promise<boolean> {
  if (left === right) return true;
  const [a, b] = await Promise.all([left, right].map((path) => realpath(path).catch(() => path)));
  return a === b;
}

/** @throws EngineError when the daemon that answers is not the one that works on the data root */
export async function requireSameDataRoot(engine: Engine, info: EngineInfo, dataRoot: string): Promise<void> {
  const why = await whyOtherDaemon(info, dataRoot);
  if (why === undefined) return;
  throw new EngineError(engine.host, 'other-daemon', `the Docker daemon at ${engine.host} ${why}`, {
    hint: `say where the daemon of ${dataRoot} listens, with --host`,
  });
}

/**
 * Why the daemon that says this of itself is not the one of a data root on this host: it works on another folder, or
 * on the folder of that name on another host. Undefined where nothing tells them apart.
 */
export async function whyOtherDaemon(
  info: Pick<EngineInfo, 'dataRoot' | 'id'>,
  dataRoot: string,
): Promise<string | undefined> {
  if (!(await isSamePlace(info.dataRoot, dataRoot))) return `works on ${info.dataRoot}, not on ${dataRoot}`;
  const known = info.id === '' ? [] : await daemonIdsOf(dataRoot);
  const [first] = known;
  if (first === undefined || known.some(({ id }) => id === info.id)) return undefined;
  return `works on the ${dataRoot} of another host: its ID is ${info.id}, and ${first.file} says ${first.id}`;
}

/** Both hold one short line, or one short JSON document. */
const idFileLimit = 16 << 10;
const trustKey = '/etc/docker/key.json';
/** As libtrust makes it of a public key: twelve groups of four in base32. */
const trustKeyId = /^(?:[A-Z2-7]{4}:){11}[A-Z2-7]{4}$/;

interface DaemonId {
  readonly id: string;
  readonly file: string;
}

/**
 * The IDs that the daemon of a data root may give as its own: that in DATA_ROOT/engine-id (seen with 26.1.5 and
 * 28.5.2), and that of the key in /etc/docker/key.json (20.10.24, which has no such file). A data root that a newer
 * version has worked on, and an older one works on now, has both.
 */
async function daemonIdsOf(dataRoot: string): Promise<DaemonId[]> {
  const file = join(dataRoot, 'engine-id');
  const id = (await smallFile(file))?.toString('latin1').trim() ?? '';
  const owner = await stat(dataRoot).catch(() => undefined);
  // A rootless daemon has a key of its own, in the home folder.
  const key = owner?.uid === 0 ? await trustKeyOf() : undefined;
  return [...(id === '' ? [] : [{ id, file }]), ...(key === undefined ? [] : [{ id: key, file: trustKey }])];
}

async function trustKeyOf(): Promise<string | undefined> {
  const key = await smallFile(trustKey);
  const parsed = key === undefined ? undefined : parseJson(key);
  const fields = parsed !== undefined && 'value' in parsed && isFields(parsed.value) ? parsed.value : {};
  const { kid } = fields;
  return typeof kid === 'string' && trustKeyId.test(kid) ? kid : undefined;
}

/** Undefined also where it cannot be read: it is one sign among others. */
async function smallFile(file: string): Promise<Buffer | undefined> {
  try {
    const found = await readRegularFile(file, { limit: idFileLimit });
    return found === undefined ? undefined : Buffer.from(found.bytes);
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    return undefined;
  }
}
