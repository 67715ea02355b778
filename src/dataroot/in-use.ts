import { type BigIntStats, closeSync, existsSync, fstatSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFailed } from '../system/regular-file.ts';
import { askProgram } from '../system/system-program.ts';
import { openBeneath } from './open-beneath.ts';

/** What works on a data root, as told by a lock that it holds there. */
export interface DataRootUser {
  /** Undefined for a process that does not show here: one of another pid namespace. */
  readonly pid: number | undefined;
  /** Name of the process as the kernel gives it (15 characters at most); "?" where it cannot be told. */
  readonly command: string;
  /** The locked file. */
  readonly file: string;
  /** It is a dockerd of the data root's owner. Nothing else is ever stopped, and any holder keeps us from writing. */
  readonly isDaemon: boolean;
}

/** `unknown`: nothing is seen that uses the data root, and it cannot be told that nothing does. */
export type DataRootUse =
  | { readonly state: 'used'; readonly user: DataRootUser }
  | { readonly state: 'unused' }
  | { readonly state: 'unknown'; readonly why: string };

/** For people: "dockerd (process 4711)". */
export function describeUser({ pid, command }: Pick<DataRootUser, 'pid' | 'command'>): string {
  if (pid === undefined) return 'a process of another pid namespace';
  return command === '?' ? `process ${pid}` : `${command} (process ${pid})`;
}

/**
 * Files on which a running dockerd holds flock(2), whatever else it does: its bbolt databases. Those of
 * containerd (containerd/daemon/…) are left out: a containerd that outlived a killed dockerd holds them too,
 * and it never touches the reference store.
 */
const lockedFiles = [
  'volumes/metadata.db',
  'buildkit/cache.db',
  'buildkit/snapshots.db',
  'buildkit/metadata_v2.db',
  'buildkit/containerdmeta.db',
  'buildkit/history.db',
  'network/files/local-kv.db',
];

/**
 * What uses a data root, if anything; undefined also where that cannot be told (dataRootUse tells the two apart).
 * @throws RefstoreError READ_FAILED when the data root or /proc/locks cannot be looked into
 */
export async function dataRootUser(dataRoot: string): Promise<DataRootUser | undefined> {
  const use = await dataRootUse(dataRoot);
  return use.state === 'used' ? use.user : undefined;
}

/**
 * Whether a daemon uses a data root: whether somebody holds the flock on one of its databases. /proc/locks names the
 * holder by device and inode; it leaves out those of other pid namespaces, so where it names none the lock itself is
 * tried (flock(1), shared and for a moment), which fails from any namespace while a daemon runs. Needs neither
 * socket nor pid file, follows no link below the data root, and starts no daemon.
 * @throws RefstoreError READ_FAILED when the data root or /proc/locks cannot be looked into
 */
export async function dataRootUse(dataRoot: string): Promise<DataRootUse> {
  const { files, unseen } = openDatabases(dataRoot);
  try {
    if (files.length === 0) {
      return unseen === undefined ? { state: 'unused' } : { state: 'unknown', why: unseen };
    }
    const locks = await readLocks();
    for (const { path, stat: target } of files) {
      for (const lock of locks) {
        if (lock.inode !== target.ino) continue;
        if (lock.device === deviceOf(target) || (await hasOpen(lock.pid, target))) {
          return { state: 'used', user: await holderOf(lock.pid, path, dataRoot) };
        }
      }
    }
    return await tryLocks(files);
  } finally {
    for (const { fd } of files) closeSync(fd);
  }
}

interface Database {
  readonly path: string;
  readonly fd: number;
  readonly stat: BigIntStats;
}

/** `unseen`: why one that is there, or may be, was not opened. */
function openDatabases(dataRoot: string): {
  readonly files: readonly Database[];
  readonly unseen: string | undefined;
} {
  if (!existsSync('/proc/self/fd')) return { files: [], unseen: '/proc is not mounted' };
  const files: Database[] = [];
  let unseen: string | undefined;
  for (const name of lockedFiles) {
    const path = join(dataRoot, name);
    try {
      const fd = openBeneath(dataRoot, name);
      const target = fstatSync(fd, { bigint: true });
      if (target.isFile()) files.push({ path, fd, stat: target });
      else {
        closeSync(fd);
        unseen ??= `${path} is not a regular file`;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') continue;
      // Where a folder was expected, ENOTDIR is what O_DIRECTORY makes of a link.
      if (code === 'ELOOP' || code === 'ENOTDIR') {
        unseen ??= `there is a link, or no folder, on the way to ${path}`;
        continue;
      }
      for (const { fd } of files) closeSync(fd);
      throw readFailed(path, error as NodeJS.ErrnoException);
    }
  }
  return { files, unseen };
}

const tryTimeoutMs = 10_000;

/** A daemon holds them all, and while it ends it lets go of them one by one. */
const tryEach = 'for fd in "$@"; do flock -s -n "$fd" || exit; done';

async function tryLocks(files: readonly Database[]): Promise<DataRootUse> {
  const descriptors = files.map(({ fd }) => fd);
  const numbers = files.map((_, index) => String(index + 3));
  const { status } = await askProgram(['sh', '-c', tryEach, 'sh', ...numbers], {
    timeoutMs: tryTimeoutMs,
    files: descriptors,
  });
  if (status === 0) return { state: 'unused' };
  const [{ path } = { path: '' }] = files;
  if (status === 1) {
    return { state: 'used', user: { pid: undefined, command: '?', file: path, isDaemon: false } };
  }
  return {
    state: 'unknown',
    why: `/proc/locks names no holder of a lock on ${path}, and flock(1) could not try it`,
  };
}

interface Flock {
  readonly pid: number;
  /** Major and minor number in hex, `08:01`. */
  readonly device: string;
  readonly inode: bigint;
}

/**
 * `1: FLOCK  ADVISORY  WRITE 1234 08:01:131074 0 EOF` (proc(5)); those who wait have `->` behind the number. A
 * shared lock (READ) is no daemon's: whoever tries one holds it for a moment, as tryLocks does.
 */
const flockLine = /^\d+: FLOCK +\S+ +WRITE +(\d+) ([0-9a-f]+:[0-9a-f]+):(\d+) /gm;

async function readLocks(): Promise<Flock[]> {
  let text: string;
  try {
    text = await readFile('/proc/locks', 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw readFailed('/proc/locks', error as NodeJS.ErrnoException);
  }
  return [...text.matchAll(flockLine)].map(([, pid = '', device = '', inode = '']) => ({
    pid: Number(pid),
    device,
    inode: BigInt(inode),
  }));
}

/** As /proc/locks writes it. */
function deviceOf({ dev }: BigIntStats): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${hex(major)}:${hex(minor)}`;
}

const hex = (number: bigint): string => number.toString(16).padStart(2, '0');

/**
 * Whether a process has the very file open. btrfs subvolumes and overlayfs give stat(2) another device than
 * the one /proc/locks shows, so an equal inode alone neither proves nor excludes the lock.
 */
async function hasOpen(pid: number, target: BigIntStats): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []); // gone, or another user's: nothing to be learnt there
  for (const name of names) {
    const open = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
    if (open?.ino === target.ino && open.dev === target.dev) return true;
  }
  return false;
}

const daemonName = 'dockerd';
const remappedName = /^\d+\.\d+$/;

async function holderOf(pid: number, file: string, dataRoot: string): Promise<DataRootUser> {
  const [command, uid, owners] = await Promise.all([commandOf(pid), uidOf(pid), ownersOf(dataRoot)]);
  const isDaemon = command === daemonName && uid !== undefined && owners.includes(uid);
  return { pid, command, file, isDaemon };
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
}

/** The effective user ID (proc(5): real, effective, saved, of the file system). */
async function uidOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(text)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** With userns-remap the daemon's user owns the folder above, and on old hosts not the folder UID.GID itself. */
async function ownersOf(dataRoot: string): Promise<number[]> {
  const folders = remappedName.test(basename(dataRoot)) ? [dataRoot, dirname(dataRoot)] : [dataRoot];
  const stats = await Promise.all(folders.map((folder) => stat(folder).catch(() => undefined)));
  return stats.flatMap((one) => (one === undefined ? [] : [one.uid]));
}
