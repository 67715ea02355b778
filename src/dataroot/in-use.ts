import type { BigIntStats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFailed } from './regular-file.ts';

/** The daemon that works on a data root, as told by a lock that it holds there. */
export interface DataRootUser {
  readonly pid: number;
  /** Name of the process as the kernel gives it (15 characters at most), "?" when it has just gone. */
  readonly command: string;
  /** The locked file. */
  readonly file: string;
}

/** For people: "dockerd (process 4711)". */
export function describeUser({ pid, command }: DataRootUser): string {
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
 * Which daemon uses a data root: the holder of a flock on one of its databases, found in /proc/locks by device
 * and inode. Needs neither socket nor pid file, and no privilege beyond that of looking into the data root.
 *
 * undefined when nobody does, and also where it cannot be told: on systems without /proc/locks, and for a
 * daemon in a pid namespace that this process does not see (the kernel leaves its locks out).
 *
 * @throws RefstoreError READ_FAILED when the data root or /proc/locks cannot be looked into
 */
export async function dataRootUser(dataRoot: string): Promise<DataRootUser | undefined> {
  const locks = await readLocks();
  if (locks.length === 0) return undefined;
  for (const name of lockedFiles) {
    const file = join(dataRoot, name);
    const target = await statOf(file);
    if (target === undefined) continue;
    for (const lock of locks) {
      if (lock.inode !== target.ino) continue;
      if (lock.device === deviceOf(target) || (await hasOpen(lock.pid, target))) {
        return { pid: lock.pid, command: await commandOf(lock.pid), file };
      }
    }
  }
  return undefined;
}

interface Flock {
  readonly pid: number;
  /** Major and minor number in hex, `08:01`. */
  readonly device: string;
  readonly inode: bigint;
}

/** `1: FLOCK  ADVISORY  WRITE 1234 08:01:131074 0 EOF` (proc(5)); those who wait have `->` behind the number. */
const flockLine = /^\d+: FLOCK +\S+ +\S+ +(\d+) ([0-9a-f]+:[0-9a-f]+):(\d+) /gm;

async function readLocks(): Promise<Flock[]> {
  let text: string;
  try {
    text = await readFile('/proc/locks', 'latin1');
  } catch (error) {
    if (isMissing(error)) return [];
    throw readFailed('/proc/locks', error as NodeJS.ErrnoException);
  }
  return [...text.matchAll(flockLine)].map(([, pid = '', device = '', inode = '']) => ({
    pid: Number(pid),
    device,
    inode: BigInt(inode),
  }));
}

async function statOf(file: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw readFailed(file, error as NodeJS.ErrnoException);
  }
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

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
