import { RefstoreError } from '../errors.ts';
import { quoted, shownReference } from '../util/escape.ts';
import type { Change } from './change.ts';
import { diffRepositories } from './diff.ts';
import { changeOf } from './draft.ts';
import { type Patch, patchFromChanges, summarise } from './patch.ts';

import type { Repositories } from './repositories.ts';
import { type Unwritable, unwritable } from './unwritable.ts';

/** An entry that both sides have changed, each in its own way. undefined stands for no entry. */
export interface MergeConflict {
  readonly repository: string;
  readonly reference: string;
  readonly base: string | undefined;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

const conflictStrategies = ['fail', 'ours', 'theirs'] as const;

export interface MergeOptions {
  /** What both came from. */
  readonly base?: Repositories | undefined;
  readonly ours: Repositories;
  readonly theirs: Repositories;
  /** What to do about an entry that both sides have changed. Default: fail. */
  readonly onConflict?: (typeof conflictStrategies)[number] | undefined;
  /** Told of each entry of theirs that no patch can add; it is left out. */
  readonly onUnwritable?: ((entry: Unwritable) => void) | undefined;
}

/**
 * The patch that brings what changed in theirs into ours, entry by entry. With a base (what both came from), an
 * entry that only they changed, added or removed follows them; without one nothing is removed, and entries that
 * only they have are added. Both sides different, and different from the base: a conflict.
 * @throws RefstoreError PATCH_CONFLICT with every conflict, when `onConflict` is `fail`
 * @throws RefstoreError INVALID_PATCH when they have an entry that the daemon would not write, and no `onUnwritable`
 * @throws RefstoreError USAGE for an `onConflict` that there is not
 */
export function mergeRepositories(options: MergeOptions): Patch {
  const { base, ours, theirs, onConflict = 'fail', onUnwritable } = options;
  if (!conflictStrategies.includes(onConflict)) {
    throw new RefstoreError('USAGE', `onConflict is ${quoted(onConflict)}, expected fail, ours or theirs`);
  }
  const conflicts: MergeConflict[] = [];
  const changes: Change[] = [];
  for (const { repository, reference } of diffRepositories(ours, theirs)) {
    const ourImage = ours.entry(repository, reference);
    const theirImage = theirs.entry(repository, reference);
    const baseImage = base?.entry(repository, reference);
    const theyChanged = base === undefined ? theirImage !== undefined : theirImage !== baseImage;
    if (!theyChanged) continue;
    const theirChange = changeOf(repository, reference, ourImage, theirImage);
    const odd = theirChange && onUnwritable && unwritable(theirChange);
    if (odd !== undefined) {
      onUnwritable?.(odd);
      continue;
    }
    if (ourImage !== baseImage) {
      conflicts.push({ repository, reference, base: baseImage, ours: ourImage, theirs: theirImage });
      if (onConflict !== 'theirs') continue;
    }
    if (theirChange !== undefined) changes.push(theirChange);
  }
  if (onConflict === 'fail' && conflicts.length > 0) throw mergeConflict(conflicts);
  return patchFromChanges(changes);
}

function mergeConflict(conflicts: readonly MergeConflict[]): RefstoreError {
  const count = conflicts.length === 1 ? '1 entry is' : `${conflicts.length} entries are`;
  const lines = conflicts.map(
    ({ reference, ours, theirs }) =>
      `${shownReference(reference)} is ${at(ours)} here and ${at(theirs)} there`,
  );
  return new RefstoreError('PATCH_CONFLICT', `${count} different on both sides: ${summarise(lines)}`, {
    hint: 'choose a side (ours or theirs), or merge with the base that both came from',
    details: {
      conflicts: conflicts.map(({ base, ours, theirs, ...entry }) => ({
        ...entry,
        base: base ?? null,
        ours: ours ?? null,
        theirs: theirs ?? null,
      })),
    },
  });
}

function at(imageId: string | undefined): string {
  return imageId === undefined ? 'missing' : `at ${quoted(imageId)}`;
}
