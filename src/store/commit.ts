import type { StoreLocation } from '../dataroot/stores.ts';
import { RefstoreError } from '../errors.ts';
import { applyPatch } from '../repositories/apply.ts';
import type { Change } from '../repositories/change.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { throwIfAborted } from './aborted.ts';
import type { Backup } from './backup-name.ts';

import { refuseGhosts } from './ghosts.ts';
import type { HeldLock } from './lock.ts';
import { NewContent } from './new-content.ts';
import type { CommitOptions, Planner, WriteOptions } from './options.ts';
import { conflict, replaceFile } from './replace.ts';
import type { CommitResult } from './results.ts';
import { refuseRunningDaemon } from './running-daemon.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** How often a commit plans again when others write between its reading and its rename. */
const attempts = 5;

export interface Planned {
  /** Whether the file has to be written. */
  readonly changed: boolean;
  /** What it will hold; undefined for no file. */
  readonly content: { readonly bytes: Uint8Array } | undefined;
}

/** Reads, plans and applies; nothing is written. */
export async function dryRun(
  location: StoreLocation,
  plan: Patch | Planner,
  options: CommitOptions,
): Promise<CommitResult> {
  const before = await readSnapshot(location.file, options);
  return resultOf(before, await planCommit(location, before, plan, options), true, undefined);
}

/** Store.commit and LockedStore.commit, under the lock. */
export async function commit(
  location: StoreLocation,
  lock: HeldLock,
  plan: Patch | Planner,
  options: CommitOptions,
): Promise<CommitResult> {
  return await replanning(location, lock, options, async () => {
    const before = await readSnapshot(location.file, options);
    const planned = await planCommit(location, before, plan, options);
    return { before, planned, result: (backup) => resultOf(before, planned, false, backup) };
  });
}

export interface Plan<Result> {
  readonly before: Snapshot;
  readonly planned: Planned;
  readonly result: (backup: Backup | undefined) => Result;
}

/** Plans and writes, and does so again when the file changed underneath. */
export async function replanning<Result>(
  location: StoreLocation,
  lock: HeldLock,
  options: WriteOptions,
  makePlan: () => Promise<Plan<Result>>,
): Promise<Result> {
  const checkDaemon = async () => {
    if (options.daemon !== 'allow') await refuseRunningDaemon(location);
  };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    throwIfAborted(options.signal);
    const { before, planned, result } = await makePlan();
    if (!planned.changed) return result(undefined);
    await checkDaemon();
    const backup = await replaceFile({
      before,
      bytes: planned.content?.bytes,
      lock,
      signal: options.signal,
      rehearse: options.rehearse,
      lastCheck: checkDaemon,
    });
    if (backup !== conflict) return result(backup);
  }
  const { file } = location;
  throw new RefstoreError(
    'CHANGED_UNDERNEATH',
    `${file} was written by another program each of the ${attempts} times that it was about to be replaced; nothing was written`,
    {
      hint: 'find out what writes it: the daemon, or a script that does not take the lock',
      details: { file },
    },
  );
}

interface PlannedCommit extends Planned {
  readonly content: NewContent;
  readonly patch: Patch;
  readonly changes: readonly Change[];
  readonly repositories: Repositories;
}

async function planCommit(
  location: StoreLocation,
  before: Snapshot,
  plan: Patch | Planner,
  { canonicalise = false, ghosts = 'refuse' }: CommitOptions,
): Promise<PlannedCommit> {
  const patch = typeof plan === 'function' ? await plan(before) : plan;
  if (patch.base !== undefined && patch.base.sha256 !== before.sha256)
    throw otherBase(before, patch.base.sha256);
  const { repositories, changes } = applyPatch(before.repositories, patch);
  if (ghosts === 'refuse') refuseGhosts(changes, location);
  const content = new NewContent(repositories);
  // Other entries are other bytes; the same entries may stand there in another form.
  const changed = changes.length > 0 || (canonicalise && !isHeld(content, before));
  return { changed, content, patch, changes, repositories };
}

function isHeld(content: NewContent, { stat, bytes }: Snapshot): boolean {
  return stat !== undefined && Buffer.compare(content.bytes, bytes) === 0;
}

function resultOf(
  before: Snapshot,
  { changed, content, patch, changes, repositories }: PlannedCommit,
  isDryRun: boolean,
  backup: Backup | undefined,
): CommitResult {
  return {
    changed,
    dryRun: isDryRun,
    changes,
    patch: { ...patch, base: before.sha256 === undefined ? undefined : { sha256: before.sha256 } },
    before: before.sha256,
    get after() {
      return changed ? content.sha256 : before.sha256;
    },
    backup,
    repositories,
  };
}

function otherBase({ file, sha256: found }: Snapshot, expected: string): RefstoreError {
  const is = found === undefined ? 'there is no file now' : `its sha256 is ${found} now`;
  return new RefstoreError(
    'CHANGED_UNDERNEATH',
    `${file} is not what the patch was made for: ${is}, the patch says ${expected}; nothing was written`,
    { hint: 'make the patch anew from the store as it is now', details: { file, expected, found } },
  );
}
