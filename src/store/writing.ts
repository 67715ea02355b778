import type { LocatedStore } from '../dataroot/locate.ts';
import { RefstoreError } from '../errors.ts';
import type { Patch } from '../repositories/patch.ts';
import { contentOf, readBackup } from './backups.ts';
import { commit, dryRun } from './commit.ts';
import { acquireLock, type HeldLock, locked } from './lock.ts';
import { makeBackup, pruneBackups } from './make-backup.ts';
import { withMutex } from './mutex.ts';
import type { CommitOptions, LockOptions, Planner, WriteOptions } from './options.ts';
import { dryRunRestore, restore } from './restore.ts';
import type { CommitResult, RestoreResult } from './results.ts';
import { readSnapshot } from './snapshot.ts';
import type { BackupOptions, BackupResult, LockedStore } from './store.ts';
import { writeFailed } from './write-failed.ts';

/** What is written, and what the writer is called in the lock. */
export interface Target {
  readonly location: LocatedStore;
  readonly command: string;
}

/** Longer than the time after which the lock of a crashed process is taken over. */
const defaultLockTimeoutMs = 15_000;

/** Store.commit */
export async function commitAlone(
  target: Target,
  plan: Patch | Planner,
  options: CommitOptions & LockOptions,
): Promise<CommitResult> {
  const { location } = target;
  if (options.dryRun) return await dryRun(location, plan, options);
  return await holdingLock(target, options, (lock) => commit(location, lock, plan, options));
}

/** Store.backup */
export async function backUp(
  target: Target,
  { keep = 'usual', ...options }: BackupOptions & LockOptions,
): Promise<BackupResult> {
  const { file } = target.location;
  if (keep !== 'usual' && !(Number.isSafeInteger(keep) && keep > 0)) {
    throw new RefstoreError('USAGE', `of ${keep} backups none can be kept: at least 1`);
  }
  return await holdingLock(target, options, async (lock) => {
    const snapshot = await readSnapshot(file);
    const made = await makeBackup(snapshot, lock.folder, lock.command).catch(async (error: Error) => {
      throw await writeFailed(file, 'the backup could not be made', error);
    });
    if (made === undefined) {
      throw new RefstoreError('STORE_NOT_FOUND', `there is no ${file} to back up`, {
        hint: 'refstore status says where Docker keeps its images; refstore check, what is wrong',
        details: { file },
      });
    }
    await pruneBackups(file, lock.folder, keep);
    return { isNew: made.isNew, backup: { ...made.backup, ...contentOf(snapshot.bytes) } };
  });
}

/** Store.rollback */
export async function rollback(
  target: Target,
  id: string,
  options: WriteOptions & LockOptions,
): Promise<RestoreResult> {
  const { location } = target;
  const { bytes } = await readBackup(location.file, id);
  if (options.dryRun) return await dryRunRestore(location, bytes);
  return await holdingLock(target, options, (lock) => restore(location, lock, bytes, options));
}

/** Store.withLock */
export async function withLock<T>(
  target: Target,
  work: (locked: LockedStore) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  return await holdingLock(target, options, (lock) => work(lockedStore(target.location, lock)));
}

async function holdingLock<T>(
  { location: { file, dataRoot }, command }: Target,
  { lockTimeoutMs: timeoutMs = defaultLockTimeoutMs, signal, onWait }: LockOptions,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const from = performance.now();
  return await withMutex(file, { timeoutMs, signal, onTimeout: () => locked(file) }, async () => {
    const left = Math.max(0, timeoutMs - (performance.now() - from));
    const lock = await acquireLock(file, { timeoutMs: left, command, dataRoot, signal, onWait });
    try {
      return await work(lock);
    } finally {
      await lock.release();
    }
  });
}

function lockedStore(location: LocatedStore, lock: HeldLock): LockedStore {
  return {
    location,
    read: () => readSnapshot(location.file),
    commit: async (plan, options = {}) =>
      options.dryRun ? await dryRun(location, plan, options) : await commit(location, lock, plan, options),
    restore: async (bytes, why, options = {}) => {
      try {
        return options.dryRun
          ? await dryRunRestore(location, bytes)
          : await restore(location, lock, bytes, options);
      } catch (error) {
        throw error instanceof RefstoreError ? saying(why, error) : error;
      }
    },
  };
}

function saying(why: string, error: RefstoreError): RefstoreError {
  const message = `${error.message} (the bytes of before were to be put back: ${why})`;
  return new RefstoreError(error.code, message, {
    hint: error.hint,
    details: error.details,
    outcome: error.outcome,
    cause: error,
  });
}
