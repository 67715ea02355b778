import type { StoreLocation } from '../dataroot/stores.ts';
import { type ErrorCode, RefstoreError } from '../errors.ts';
import type { Change } from '../repositories/change.ts';
import { diffRepositories } from '../repositories/diff.ts';
import { parseRepositories } from '../repositories/parse.ts';
import { type Patch, patchFromChanges } from '../repositories/patch.ts';
import { Repositories } from '../repositories/repositories.ts';
import type { Backup } from './backup-name.ts';

import { replanning } from './commit.ts';
import type { HeldLock } from './lock.ts';
import type { WriteOptions } from './options.ts';
import type { RestoreResult } from './results.ts';
import { readSnapshot, type Snapshot, sha256 } from './snapshot.ts';

/** What restoring the bytes would do; nothing is written. */
export async function dryRunRestore(
  { file }: StoreLocation,
  bytes: Uint8Array | undefined,
): Promise<RestoreResult> {
  return resultOf(await readSnapshot(file), bytes, true, undefined);
}

/** Puts exact bytes (undefined: no file) in the place of the file, under the lock. */
export async function restore(
  location: StoreLocation,
  lock: HeldLock,
  bytes: Uint8Array | undefined,
  options: WriteOptions,
): Promise<RestoreResult> {
  return await replanning(location, lock, options, async () => {
    const before = await readSnapshot(location.file);
    return {
      before,
      planned: { changed: isDifferent(before, bytes), content: bytes && { bytes } },
      result: (backup) => resultOf(before, bytes, false, backup),
    };
  });
}

function resultOf(
  before: Snapshot,
  bytes: Uint8Array | undefined,
  dryRun: boolean,
  backup: Backup | undefined,
): RestoreResult {
  const left = parsed(before.file, before.stat && before.bytes);
  const right = parsed(before.file, bytes);
  const changes = left && right ? diffRepositories(left, right) : [];
  return {
    changed: isDifferent(before, bytes),
    dryRun,
    changes,
    patch: left && right && patchOf(changes, before.sha256),
    before: before.sha256,
    after: bytes && sha256(bytes),
    backup,
    repositories: right,
  };
}

function isDifferent({ stat, bytes: before }: Snapshot, after: Uint8Array | undefined): boolean {
  if (stat === undefined || after === undefined) return (stat === undefined) !== (after === undefined);
  return Buffer.compare(before, after) !== 0;
}

/** Broken bytes are put back as they were too; they have no changes to show. */
function parsed(file: string, bytes: Uint8Array | undefined): Repositories | undefined {
  return bytes === undefined
    ? Repositories.empty
    : unless('INVALID_REPOSITORIES_FILE', () => parseRepositories(bytes, { file }));
}

/** Odd entries come back with the bytes, but no patch can bring them. */
function patchOf(changes: readonly Change[], before: string | undefined): Patch | undefined {
  return unless('INVALID_PATCH', () =>
    patchFromChanges(changes, before === undefined ? undefined : { sha256: before }),
  );
}

function unless<T>(code: ErrorCode, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RefstoreError && error.code === code) return undefined;
    throw error;
  }
}
