import type { Patch } from '../repositories/patch.ts';
import type { LockHolder } from './lock-holder.ts';
import type { Snapshot, SnapshotOptions } from './snapshot.ts';

/** How long to wait for the lock, and what ends the wait. */
export interface LockOptions {
  /**
   * Default 15 s: longer than the 10 s after which the lock of a crashed process is taken over where it is not
   * known to be gone.
   */
  readonly lockTimeoutMs?: number | undefined;
  /** Called once, when the lock of another process has been waited for for a second. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  /** Aborting ends a wait at once and stops a write up to the rename; a write that was made is finished. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  /** Plan and say what would be done; nothing is written, locked or backed up. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Do everything up to the replacing of the file, and take it back: what would fail (no room, no inodes, an
   * immutable file, no permission) fails now, while the daemon still runs.
   */
  readonly rehearse?: boolean | undefined;
  /**
   * What to do when a daemon uses the data root: it would overwrite the file from memory at its next change.
   * Default `refuse` (DAEMON_RUNNING). Where no data root is known (a file by itself) there is nothing to ask.
   */
  readonly daemon?: 'refuse' | 'allow' | undefined;
}

export interface CommitOptions extends WriteOptions, SnapshotOptions {
  /** Write also when only the bytes differ from what the daemon would write, or there is no file yet. */
  readonly canonicalise?: boolean | undefined;
  /**
   * What to do when the change would write a name of an image that is not in the data root. Nothing in Docker mends
   * a digest at a missing image. Default `refuse` (UNPROVEN_DIGEST for a digest, REFERENCE_NOT_FOUND for a tag).
   * Where no data root or image db is known there is nothing to look at, and it is written.
   */
  readonly ghosts?: 'refuse' | 'allow' | undefined;
}

/** Makes the patch from the file as it stands. Called again when the file changed before it was replaced. */
export type Planner = (snapshot: Snapshot) => Patch | Promise<Patch>;
