import type { LocatedStore } from '../dataroot/locate.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Backup } from './backup-name.ts';
import type { ExaminedBackup } from './backups.ts';
import type { Keep } from './make-backup.ts';
import type { CommitOptions, LockOptions, Planner, WriteOptions } from './options.ts';
import type { CommitResult, RestoreResult } from './results.ts';
import type { Snapshot } from './snapshot.ts';

/** One repositories.json: read without a lock, written under one. */
export interface Store {
  readonly location: LocatedStore;

  /** @throws RefstoreError NOT_A_REGULAR_FILE, LIMIT_EXCEEDED or READ_FAILED */
  read(): Promise<Snapshot>;

  /**
   * Lock, read, compare with the patch's base, plan, apply, back up, replace, read back, unlock. Either all
   * of the patch is in the file afterwards or the old bytes stand.
   * @throws RefstoreError CHANGED_UNDERNEATH, PATCH_CONFLICT, UNPROVEN_DIGEST, REFERENCE_NOT_FOUND, LOCKED, DAEMON_RUNNING, WRITE_FAILED, ABORTED,
   *   INVALID_REPOSITORIES_FILE, what `read` throws and what the planner throws: nothing was changed;
   *   NOT_VERIFIED: the file was replaced, but what is there now is not what was written
   */
  commit(plan: Patch | Planner, options?: CommitOptions & LockOptions): Promise<CommitResult>;

  /**
   * Newest first, each with what a daemon would make of it, and why it was made.
   * @throws RefstoreError READ_FAILED
   */
  backups(): Promise<ExaminedBackup[]>;

  /**
   * @param id an ID, the beginning of one if no other begins so, `latest`, or `latest-good`: the newest on which a
   *   daemon would start and find an entry
   * @throws RefstoreError READ_FAILED when there is no such backup or its bytes are damaged; REFERENCE_CONFLICT when several
   *   IDs begin so
   */
  readBackup(id: string): Promise<{ backup: Backup; bytes: Uint8Array }>;

  /**
   * Keeps the bytes of the file as they are now. Those that the newest backup holds already are not kept twice.
   * @throws RefstoreError STORE_NOT_FOUND when there is no file; LOCKED, WRITE_FAILED, READ_FAILED, ABORTED
   */
  backup(options?: BackupOptions & LockOptions): Promise<BackupResult>;

  /**
   * Puts the exact bytes of a backup back, as `commit` writes; what it replaces becomes a backup itself.
   * @param id as `readBackup` takes it
   */
  rollback(id: string, options?: WriteOptions & LockOptions): Promise<RestoreResult>;

  /** Holds the lock while `work` runs: through a restart of the daemon, or over several commits. */
  withLock<T>(work: (locked: LockedStore) => Promise<T>, options?: LockOptions): Promise<T>;
}

export interface BackupOptions {
  /**
   * How many backups stay: from 1. Default: 10, or as many as there are. Backups that are good (a daemon starts on
   * them and finds an entry) and others are counted by themselves, so that a broken one pushes out no good one.
   */
  readonly keep?: Keep | undefined;
}

export interface BackupResult {
  readonly backup: ExaminedBackup;
  /** Whether it was made now; false when the newest backup held these bytes already. */
  readonly isNew: boolean;
}

/** The store while this process holds its lock. Of no use after the work is done. */
export interface LockedStore {
  readonly location: LocatedStore;

  read(): Promise<Snapshot>;

  /** As Store.commit, under the lock that is held. */
  commit(plan: Patch | Planner, options?: CommitOptions): Promise<CommitResult>;

  /**
   * Puts bytes back exactly as they were; undefined removes the file, as before it was made.
   * @param why ends up in the message when it cannot be done
   */
  restore(bytes: Uint8Array | undefined, why: string, options?: WriteOptions): Promise<RestoreResult>;
}
