import { type LocatedStore, type LocateOptions, locateStore } from '../dataroot/locate.ts';
import { RefstoreError } from '../errors.ts';
import { listBackups, readBackup } from './backups.ts';
import { commit, dryRun } from './commit.ts';
import { survivingFileSizeLimit } from './file-size-limit.ts';
import { inTurn } from './in-turn.ts';
import { acquireLock, type HeldLock, locked } from './lock.ts';
import type { LockOptions, WriteOptions } from './options.ts';
import { dryRunRestore, restore } from './restore.ts';
import type { RestoreResult } from './results.ts';
import { readSnapshot } from './snapshot.ts';
import type { LockedStore, Store } from './store.ts';

export interface OpenStoreOptions extends LocateOptions {
  /** What this process is called in the lock and in the messages of those who wait. Default: process.title. */
  readonly command?: string | undefined;
}

/** Longer than the time after which the lock of a crashed process is taken over. */
const defaultLockTimeoutMs = 15_000;

/**
 * Finds a store, as locateStore does. Nothing of it is read yet, and its file need not exist.
 * @throws RefstoreError STORE_NOT_FOUND, STORE_AMBIGUOUS, READ_FAILED
 */
export async function openStore(options: OpenStoreOptions = {}): Promise<Store> {
  return storeAt(await locateStore(options), options.command ?? process.title);
}

function storeAt(location: LocatedStore, command: string): Store {
  const { file } = location;

  async function holdingLock<T>(options: LockOptions, work: (lock: HeldLock) => Promise<T>): Promise<T> {
    const { lockTimeoutMs: timeoutMs = defaultLockTimeoutMs, signal } = options;
    const from = performance.now();
    return await inTurn(file, { timeoutMs, signal, onTimeout: () => locked(file) }, async () => {
      const left = Math.max(0, timeoutMs - (performance.now() - from));
      const lock = await acquireLock(file, { timeoutMs: left, command, signal });
      try {
        return await survivingFileSizeLimit(() => work(lock));
      } finally {
        await lock.release();
      }
    });
  }

  return {
    location,
    read: () => readSnapshot(file),
    backups: () => listBackups(file),
    readBackup: (id) => readBackup(file, id),

    commit: async (plan, options = {}) =>
      options.dryRun
        ? await dryRun(location, plan, options)
        : await holdingLock(options, (lock) => commit(location, lock, plan, options)),

    rollback: async (id, options = {}) => {
      const { bytes } = await readBackup(file, id);
      return options.dryRun
        ? await dryRunRestore(location, bytes)
        : await holdingLock(options, (lock) => restore(location, lock, bytes, options));
    },

    withLock: async (work, options = {}) =>
      await holdingLock(options, (lock) => work(lockedStore(location, lock))),
  };
}

function lockedStore(location: LocatedStore, lock: HeldLock): LockedStore {
  return {
    location,
    read: () => readSnapshot(location.file),

    commit: async (plan, options = {}) =>
      options.dryRun ? await dryRun(location, plan, options) : await commit(location, lock, plan, options),

    restore: async (bytes, why, options = {}) => await saying(why, location, lock, bytes, options),
  };
}

async function saying(
  why: string,
  location: LocatedStore,
  lock: HeldLock,
  bytes: Uint8Array | undefined,
  options: WriteOptions,
): Promise<RestoreResult> {
  try {
    return options.dryRun
      ? await dryRunRestore(location, bytes)
      : await restore(location, lock, bytes, options);
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    const { code, hint, details } = error;
    const message = `${error.message} (the bytes of before were to be put back: ${why})`;
    throw new RefstoreError(code, message, { hint, details, cause: error });
  }
}
