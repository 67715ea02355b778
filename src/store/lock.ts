import { randomBytes } from 'node:crypto';
import { access, rmdir } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RefstoreError } from '../errors.ts';
import { aborted } from './aborted.ts';
import { releaseAtExit } from './exit-release.ts';
import { lockFileSystem } from './lock-folder.ts';
import {
  describeHolder,
  holderFileName,
  type LockHolder,
  readHolder,
  removeStale,
  thisProcess,
} from './lock-holder.ts';
import { type LockObstacle, lockObstacle } from './lock-obstacle.ts';
import { type LockState, LockWatch } from './lock-watch.ts';
import { OpenFolder } from './open-folder.ts';
import { writeFailed } from './write-failed.ts';

/** A lock that nobody has refreshed for so long, while we watched, belongs to a process that crashed: it is taken over. */
export const staleAfterMs = 10_000;

/** Between making the folder and naming itself in it a holder needs a moment, and no more. */
const emptyAfterMs = 100;

const tellAfterMs = 1_000;

export interface AcquireOptions {
  readonly timeoutMs: number;
  /** What the holder file calls this process. */
  readonly command: string;
  readonly signal: AbortSignal | undefined;
  /** The data root that the file is in, below which no link is followed. */
  readonly dataRoot?: string | undefined;
  /** Called once, when the lock was not to be had for a second; the holder as far as it is known. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  /** Default: staleAfterMs; proper-lockfile takes nothing below 2000. */
  readonly staleMs?: number | undefined;
}

export interface HeldLock {
  /** What the holder file calls this process. */
  readonly command: string;
  /** The folder that holds the file and the lock, open until the release. */
  readonly folder: OpenFolder;
  /**
   * Why the lock is not ours any more: LOCKED when another process has taken it over (this one stood still for
   * too long), WRITE_FAILED when somebody has removed it. undefined while it is ours.
   */
  lost(): Promise<RefstoreError | undefined>;
  release(): Promise<void>;
}

/** The folder that is the lock of a file. */
export function lockFolderOf(file: string): string {
  return `${file}.lock`;
}

/**
 * Takes the lock of a file, which need not exist, and keeps it fresh until it is released or the process ends.
 * @throws RefstoreError LOCKED (says who holds it), WRITE_FAILED, ABORTED
 */
export async function acquireLock(file: string, options: AcquireOptions): Promise<HeldLock> {
  const folder = await openFolderOf(file, options.dataRoot);
  try {
    return await acquireIn(folder, file, options);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function openFolderOf(file: string, dataRoot: string | undefined): Promise<OpenFolder> {
  const path = dirname(file);
  try {
    return dataRoot !== undefined && path.startsWith(withSeparator(dataRoot))
      ? await OpenFolder.openBelow(dataRoot, path)
      : await OpenFolder.open(path, { followLink: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noFolder(file);
    throw await writeFailed(file, `its folder ${path} could not be opened`, error as NodeJS.ErrnoException);
  }
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

async function acquireIn(folder: OpenFolder, file: string, options: AcquireOptions): Promise<HeldLock> {
  const { timeoutMs, staleMs = staleAfterMs, signal } = options;
  const lockFolder = folder.at(basename(lockFolderOf(file)));
  const watch = new LockWatch();
  const start = performance.now();
  let isTold = false;
  for (;;) {
    if (signal?.aborted) throw aborted(signal);
    const lock = await tryToAcquire(folder, file, options, watch.unchangedFor(staleMs));
    if (lock !== undefined) return lock;
    const isFree = await removeStale(lockFolder).catch(async (error: NodeJS.ErrnoException) => {
      throw await writeFailed(file, 'the lock of a process that is gone could not be removed', error);
    });
    if (isFree) continue;
    const obstacle = await lockObstacle(lockFolderOf(file));
    if (obstacle !== undefined) throw obstructed(file, obstacle);
    await watch.look(lockFolder);
    // Its holder was killed before it named itself; should one be about to, it finds none and makes it again.
    if (watch.isEmpty && watch.unchangedFor(emptyAfterMs)) await rmdir(lockFolder).catch(() => undefined);
    const waited = performance.now() - start;
    if (waited >= timeoutMs + (watch.isEmpty ? 2 * emptyAfterMs : 0)) throw await locked(file);
    if (waited >= tellAfterMs && !isTold) {
      isTold = true;
      options.onWait?.(await readHolder(lockFolder));
    }
    // Jitter, so that several who wait do not come back at the same moment every time.
    await delay(20 + Math.random() * 60, undefined, { signal }).catch(() => {
      throw aborted(signal);
    });
  }
}

async function tryToAcquire(
  folder: OpenFolder,
  file: string,
  { command, staleMs = staleAfterMs }: AcquireOptions,
  stale: LockState | undefined,
): Promise<HeldLock | undefined> {
  const { lock } = await import('./proper-lockfile.ts');
  const lockFolder = folder.at(basename(lockFolderOf(file)));
  const token = randomBytes(16).toString('hex');
  const content = JSON.stringify(thisProcess(command));
  const system = lockFileSystem({ token, content, stale });
  let isCompromised = false;
  try {
    // proper-lockfile would take what is no folder for a stale lock.
    if ((await lockObstacle(lockFolder)) !== undefined) return undefined;
    const release = await lock(folder.at(basename(file)), {
      stale: staleMs,
      update: staleMs / 5,
      realpath: false, // the file need not exist
      lockfilePath: lockFolder,
      fs: system,
      onCompromised: () => {
        isCompromised = true;
      },
    });
    const released = releaseAtExit(() => system.rmdirSync(lockFolder));
    const releaseOwn = () => (isCompromised ? promisify(system.rmdir)(lockFolder) : release());
    let isReleased = false;
    return {
      command,
      folder,
      async lost() {
        const isOurs = await exists(join(lockFolder, holderFileName(token)));
        return isOurs && !isCompromised ? undefined : await lostLock(file, isOurs);
      },
      async release() {
        if (isReleased) return;
        isReleased = true;
        // Lost to another it is not ours to release, and what cannot be removed goes stale by itself.
        await releaseOwn().catch(() => undefined);
        released();
        await folder.close();
      },
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOCKED' || code === 'EEXIST') return undefined;
    if (code === 'ENOENT') throw noFolder(file);
    throw await writeFailed(file, 'the lock could not be taken', error as NodeJS.ErrnoException);
  }
}

/** Why the lock is not to be had, for a human. */
export async function locked(file: string): Promise<RefstoreError> {
  const folder = lockFolderOf(file);
  const holder = await readHolder(folder);
  const details = { file, lock: folder, holder };
  if (holder === undefined) {
    return new RefstoreError('LOCKED', `${file} is locked by another process`, {
      hint: `try again, or wait longer with --lock-timeout; the lock is ${folder}`,
      details,
    });
  }
  return new RefstoreError('LOCKED', `${file} is locked by ${describeHolder(holder)}`, {
    hint: 'try again when it is done, or wait longer with --lock-timeout',
    details,
  });
}

function obstructed(file: string, { path, what }: LockObstacle): RefstoreError {
  return new RefstoreError('LOCKED', `${file} cannot be locked: ${path} is ${what}`, {
    hint: `when you know what it is for and that nobody needs it, remove ${path}`,
    details: { file, lock: lockFolderOf(file), obstacle: path },
  });
}

async function lostLock(file: string, isOurs: boolean): Promise<RefstoreError> {
  const lock = lockFolderOf(file);
  const holder = isOurs ? undefined : await readHolder(lock);
  if (holder === undefined) {
    const what = isOurs ? 'could not be kept fresh, or was touched by others,' : 'was removed';
    return new RefstoreError('WRITE_FAILED', `the lock of ${file} ${what} while it was held`, {
      hint: `try again; nothing but refstore may touch ${lock}`,
      details: { file, lock },
    });
  }
  const { pid, command, host } = holder;
  return new RefstoreError(
    'LOCKED',
    `process ${pid} (${command}) on ${host} has taken over the lock of ${file}, because this process stood still for too long`,
    { hint: 'try again', details: { file, lock, holder } },
  );
}

function noFolder(file: string): RefstoreError {
  return new RefstoreError('WRITE_FAILED', `cannot write ${file}: there is no folder ${dirname(file)}`, {
    hint: 'name the data root and driver of a store that exists',
    details: { file },
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
