import { diffRepositories } from '../repositories/diff.ts';
import { mergeRepositories } from '../repositories/merge.ts';
import { parseRepositories } from '../repositories/parse.ts';
import type { Patch } from '../repositories/patch.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import { RepositoriesParseError } from '../repositories/repositories-parse-error.ts';
import { serializeRepositories } from '../repositories/serialize.ts';
import type { CommitOptions, Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { LockedStore } from '../store/store.ts';

/** What this rollout wrote, with what it takes to write it again or to take it back. */
export interface AppliedChange {
  /** The file as it was before. */
  readonly base: Snapshot;
  readonly result: CommitResult;
}

/** Commits, and keeps the file as it was. */
export async function applyChange(
  locked: LockedStore,
  plan: Patch | Planner,
  options: CommitOptions,
): Promise<AppliedChange> {
  let base: Snapshot | undefined;
  const planner: Planner = (snapshot) => {
    base = snapshot;
    return typeof plan === 'function' ? plan(snapshot) : plan;
  };
  const result = await locked.commit(planner, options);
  return { base: base as Snapshot, result };
}

/**
 * Brings the change into the file as somebody else, in most cases the daemon, has written it since.
 * @throws RefstoreError PATCH_CONFLICT when they changed the same entries otherwise
 */
export async function reapply(locked: LockedStore, { base, result }: AppliedChange): Promise<CommitResult> {
  return await locked.commit(
    (snapshot) =>
      mergeRepositories({
        base: base.repositories,
        ours: snapshot.repositories,
        theirs: result.repositories,
        onConflict: 'fail',
      }),
    // What was refused or allowed when it was planned is not asked again.
    { daemon: 'allow', ghosts: 'allow' },
  );
}

/**
 * Takes the change back: the exact bytes of before, where nobody wrote since; else entry by entry, so that what
 * others wrote stays.
 */
export async function revertChange(
  locked: LockedStore,
  { base, result }: AppliedChange,
  why: string,
  daemon: 'refuse' | 'allow',
): Promise<void> {
  if (!result.changed) return;
  const now = await locked.read();
  const others = now.sha256 === result.after ? undefined : whatOthersWrote(now);
  if (others === undefined) {
    await locked.restore(base.stat === undefined ? undefined : base.bytes, why, { daemon });
    return;
  }
  const without = reverted(others, result.repositories, base.repositories);
  await locked.restore(Buffer.from(serializeRepositories(without)), why, { daemon });
}

/** Undefined for bytes on which no daemon starts: there is nothing in them to keep, and the backups have them. */
function whatOthersWrote(now: Snapshot): Repositories | undefined {
  try {
    return now.repositories;
  } catch (error) {
    if (error instanceof RepositoriesParseError) return undefined;
    throw error;
  }
}

/** Each entry that is still as we made it becomes what it was; odd ones too, which no patch could bring back. */
function reverted(now: Repositories, after: Repositories, before: Repositories): Repositories {
  const changes = diffRepositories(after, before).filter(
    ({ repository, reference }) => now.entry(repository, reference) === after.entry(repository, reference),
  );
  const gone = new Set(changes.map(({ repository, reference }) => `${repository}\n${reference}`));
  const kept = [...now.entries()].filter(
    ({ repository, reference }) => !gone.has(`${repository}\n${reference}`),
  );
  const back = changes.flatMap((change): Entry[] =>
    change.op === 'remove'
      ? []
      : [{ repository: change.repository, reference: change.reference, imageId: change.image }],
  );
  return Repositories.fromEntries([...kept, ...back]);
}

/** Whether a daemon could start on the file as it was before. */
export function couldStartBefore({ base }: AppliedChange): boolean {
  if (base.stat === undefined) return true;
  try {
    parseRepositories(base.bytes);
    return true;
  } catch (error) {
    if (error instanceof RepositoriesParseError) return false;
    throw error;
  }
}
