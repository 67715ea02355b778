import type { Engine, RequestOptions } from '../engine/engine.ts';
import { liveRepositories } from '../engine/live.ts';
import type { Change } from '../repositories/change.ts';
import { diffRepositories } from '../repositories/diff.ts';
import { mergeRepositories } from '../repositories/merge.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import type { CommitResult } from '../store/results.ts';
import type { LockedStore } from '../store/store.ts';

/**
 * What the daemon changed in its memory since it was looked at. Two looks at the API are compared, never one with
 * the file: what the API cannot show is in neither, and so never taken for removed.
 */
export async function changesSince(
  engine: Engine,
  before: Repositories,
  options?: RequestOptions,
): Promise<Change[]> {
  return diffRepositories(before, await liveRepositories(engine, options));
}

/**
 * Brings changes of the daemon's memory into the file, where they are missing: a save of the daemon that fell
 * into the moment of our rename. `base` is the file as it was before our change.
 * @throws RefstoreError PATCH_CONFLICT when we changed the same entries otherwise, and onConflict is `fail`
 */
export async function mergeDaemonChanges(
  locked: LockedStore,
  base: Repositories,
  changes: readonly Change[],
  onConflict: 'fail' | 'theirs',
): Promise<CommitResult> {
  const theirs = Repositories.fromEntries(changes.flatMap(entryAfter));
  return await locked.commit(
    ({ repositories }) =>
      mergeRepositories({
        base: only(base, changes),
        ours: only(repositories, changes),
        theirs,
        onConflict,
      }),
    // The daemon has them in its memory, whatever they are.
    { daemon: 'allow', ghosts: 'allow' },
  );
}

function entryAfter(change: Change): Entry[] {
  if (change.op === 'remove') return [];
  return [{ repository: change.repository, reference: change.reference, imageId: change.image }];
}

/** The entries that changes are about. */
function only(repositories: Repositories, changes: readonly Change[]): Repositories {
  return Repositories.fromEntries(
    changes.flatMap(({ repository, reference }): Entry[] => {
      const imageId = repositories.entry(repository, reference);
      return imageId === undefined ? [] : [{ repository, reference, imageId }];
    }),
  );
}
