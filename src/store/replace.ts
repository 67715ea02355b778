import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { RefstoreError, withOutcome } from '../errors.ts';
import { maxFileSize } from '../repositories/parse.ts';
import { compareRegularFile } from '../system/regular-file.ts';
import { throwIfAborted } from './aborted.ts';
import type { Backup } from './backup-name.ts';

import { removeLeftovers } from './leftovers.ts';
import type { HeldLock } from './lock.ts';
import { discardBackup, type MadeBackup, makeBackup, pruneBackups } from './make-backup.ts';
import { isUntouched, type Snapshot } from './snapshot.ts';
import { stage, stagedName, stagedPattern } from './stage.ts';
import { writeFailed } from './write-failed.ts';

export interface Replacement {
  /** What was read, and is to be replaced. */
  readonly before: Snapshot;
  /** undefined removes the file. */
  readonly bytes: Uint8Array | undefined;
  readonly lock: HeldLock;
  readonly signal: AbortSignal | undefined;
  /** Everything but the rename, which is taken back: what would fail is found, and nothing is changed. */
  readonly rehearse?: boolean | undefined;
  /** The last word before the rename; throws to stop it. */
  readonly lastCheck: () => Promise<void>;
}

/** The file was written by somebody else since it was read; nothing was done. */
export const conflict = Symbol('overtaken');

/**
 * Puts new bytes in the place of the file: back up, stage beside it, compare the file with what was read,
 * rename, sync the folder, read back. Killed anywhere, the file is the old bytes or the new.
 *
 * @returns the backup of the old bytes (undefined when there was no file), or `overtaken`
 * @throws RefstoreError WRITE_FAILED, LOCKED, ABORTED or what `lastCheck` throws: the old file stands, and
 *   nothing is left beside it; NOT_VERIFIED: it was replaced and is not what it should be
 */
export async function replaceFile(replacement: Replacement): Promise<Backup | undefined | typeof conflict> {
  const { before, bytes, lock, signal } = replacement;
  const { file } = before;
  const { folder } = lock;
  const staged = stagedName();
  const target = folder.at(basename(file));
  let made: MadeBackup | undefined;
  let isReplaced = false;
  try {
    await atStep(file, 'files of an earlier run could not be removed', () =>
      removeLeftovers(folder, stagedPattern),
    );
    throwIfAborted(signal);
    // Together: most of the time the disk is waited for, and both have to be there before the rename.
    const [backedUp, written] = await Promise.allSettled([
      atStep(file, 'the old bytes could not be backed up', () =>
        makeBackup(before, folder, `before ${lock.command}`),
      ),
      atStep(file, 'the new bytes could not be written beside it', async () => {
        if (bytes !== undefined) await stage(folder, staged, bytes, before.stat);
      }),
    ]);
    if (backedUp.status === 'fulfilled') made = backedUp.value;
    if (backedUp.status === 'rejected') throw backedUp.reason;
    if (written.status === 'rejected') throw written.reason;
    throwIfAborted(signal);
    await atStep(file, 'it could not be replaced', () => requireReplaceable(target));
    if (replacement.rehearse === true) return undefined;
    await replacement.lastCheck();
    if (!(await isUntouched(before, target))) return conflict;
    const lost = await lock.lost();
    if (lost !== undefined) throw lost;
    await atStep(file, 'the new file could not be put in its place', () =>
      bytes === undefined ? unlink(target) : rename(folder.at(staged), target),
    );
    isReplaced = true;
    await verify(replacement, made?.backup).catch((error: unknown) => {
      throw withOutcome(error, { file: 'new', backup: made?.backup.id });
    });
    // One too many does no harm, and the next commit prunes again.
    if (made?.isNew) await pruneBackups(file, folder, 'usual').catch(() => undefined);
    return made?.backup;
  } finally {
    if (!isReplaced) {
      // Best effort, behind an error that says more: the next commit removes what killed runs left, too.
      await unlink(folder.at(staged)).catch(() => undefined);
      // Whoever has the lock by now may rely on the backup: it holds the bytes that he is replacing.
      if (made !== undefined && (await lock.lost()) === undefined) await discardBackup(folder, made);
    }
  }
}

/** Errors with which opening a file for writing tells that no rename onto it is allowed either. */
const unchangeable = new Set(['EPERM', 'EROFS']);

/**
 * An immutable or append-only file shows at the rename only, and then the daemon may be down. Write permission is
 * not asked for: a rename needs none (EACCES).
 */
async function requireReplaceable(target: string): Promise<void> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(target, flags).catch((error: NodeJS.ErrnoException) => {
    if (unchangeable.has(error.code ?? '')) throw error;
  });
  await handle?.close();
}

async function atStep<T>(file: string, step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await writeFailed(file, step, error as NodeJS.ErrnoException);
  }
}

/** Everything behind the rename: from here on the new bytes are in place, whatever goes wrong. */
async function verify({ before, bytes, lock }: Replacement, backup: Backup | undefined): Promise<void> {
  const { file } = before;
  await lock.folder.sync().catch((cause: Error) => {
    throw notVerified(file, `its folder could not be synced to disk (${cause.message})`, backup, cause);
  });
  // Lost between the check and the rename: whoever has it now may have read the old bytes before.
  const lost = await lock.lost();
  if (lost !== undefined)
    throw notVerified(file, `meanwhile the lock was lost (${lost.message})`, backup, lost);
  const after = await compareRegularFile(file, bytes ?? new Uint8Array(), { limit: maxFileSize }).catch(
    (cause: Error) => {
      throw notVerified(file, `it could not be read back (${cause.message})`, backup, cause);
    },
  );
  const isWritten = bytes === undefined ? after === undefined : after?.isEqual === true;
  if (!isWritten) throw notVerified(file, 'it does not hold what was written', backup);
}

function notVerified(
  file: string,
  problem: string,
  backup: Backup | undefined,
  cause?: unknown,
): RefstoreError {
  return new RefstoreError('NOT_VERIFIED', `${file} was replaced, but ${problem}`, {
    hint:
      backup === undefined
        ? 'compare it with what was asked for (refstore ls, refstore check)'
        : `compare it with what was asked for (refstore diff backup:${backup.id} disk); the old bytes are in ${backup.file}`,
    details: { file, backup: backup?.id },
    cause,
  });
}
