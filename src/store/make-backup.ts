import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rmdir, unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { maxFileSize } from '../repositories/parse.ts';
import { readRegularFile } from '../system/regular-file.ts';
import type { Backup } from './backup-name.ts';
import { type BackupName, formatBackupName, isGood, parseBackupName } from './backup-name.ts';
import { backupFolderOf, backupOf, backupsKept, contentOf, newestNames, notAFolder } from './backups.ts';
import { removeLeftovers } from './leftovers.ts';
import type { OpenFolder } from './open-folder.ts';
import { type FileStat, type Snapshot, sha256 } from './snapshot.ts';

const unfinished = /^\.unfinished-[0-9a-f]{32}$/;

export interface MadeBackup {
  readonly backup: Backup;
  /** Whether it was made now, and is ours to take back. */
  readonly isNew: boolean;
}

/**
 * Keeps the bytes of a snapshot, synced to disk. Bytes that the newest backup holds already are not kept twice:
 * tries that fail again and again would drive the older states out.
 * @param parent the folder of the file
 * @param reason ends up in the list of backups
 * @returns undefined when the snapshot is of no file
 */
export async function makeBackup(
  before: Snapshot,
  parent: OpenFolder,
  reason: string,
): Promise<MadeBackup | undefined> {
  const { file, bytes, stat: owner, sha256: hash } = before;
  if (owner === undefined || hash === undefined) return undefined;
  const folder = await openOrMake(file, parent, owner);
  try {
    await removeLeftovers(folder, unfinished);
    const [newest] = newestNames(folder);
    if (newest?.sha256 === hash && (await isWhole(folder, newest))) {
      const backup = await backupOf(folder, file, newest);
      if (backup !== undefined) return { backup, isNew: false };
    }
    const name = formatBackupName(timeAfter(newest), hash, contentOf(bytes), reason);
    await writeNew(folder, name, bytes, owner);
    const parsed = parseBackupName(name);
    const backup = parsed && (await backupOf(folder, file, parsed));
    if (backup?.size !== bytes.length) throw new Error(`${name} was not written whole`);
    return { backup, isNew: true };
  } catch (error) {
    await rmdir(parent.at(basename(backupFolderOf(file)))).catch(() => undefined); // where it is empty
    throw error;
  } finally {
    await folder.close();
  }
}

async function openOrMake(file: string, parent: OpenFolder, owner: FileStat): Promise<OpenFolder> {
  const path = backupFolderOf(file);
  let isNew = true;
  await mkdir(parent.at(basename(path)), { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    isNew = false;
  });
  const folder = await parent.folder(basename(path)).catch(async (error: NodeJS.ErrnoException) => {
    throw await notAFolder(path, error);
  });
  try {
    if (isNew) {
      await giveTo(owner, folder);
      // Without it a power cut may take the folder, and all that is in it.
      await parent.sync();
    }
    return folder;
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function isWhole(folder: OpenFolder, { name, sha256: hash }: BackupName): Promise<boolean> {
  const found = await readRegularFile(folder.at(name), { limit: maxFileSize }).catch(() => undefined);
  return found !== undefined && sha256(found.bytes) === hash;
}

/** Now, or just behind the newest backup where the clock was set back: the order is that of the writes. */
function timeAfter(newest: BackupName | undefined): number {
  return Math.max(Date.now(), newest === undefined ? 0 : Date.parse(newest.time) + 1);
}

async function writeNew(folder: OpenFolder, name: string, bytes: Uint8Array, owner: FileStat): Promise<void> {
  const temporary = folder.at(`.unfinished-${randomBytes(16).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await giveTo(owner, handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, folder.at(name));
    await folder.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // best effort, behind an error that says more
    throw error;
  }
}

/** What root writes for the data root of a rootless daemon belongs to that user. By descriptor, never by path. */
async function giveTo(
  { uid, gid }: FileStat,
  opened: { chown(uid: number, gid: number): Promise<void> },
): Promise<void> {
  if (process.getuid?.() === 0) await opened.chown(uid, gid);
}

/**
 * Takes back a backup that was made for a write which was not, and the folder if nothing else is in it. To be
 * called only while the lock is ours: another writer may have found these bytes here, and made no backup of his
 * own. Best effort, behind an error that says more: the next backup finds them and keeps them as they are.
 */
export async function discardBackup(parent: OpenFolder, { backup, isNew }: MadeBackup): Promise<void> {
  if (!isNew) return;
  const name = basename(backup.file);
  const folderName = basename(backup.file.slice(0, -name.length - 1));
  const folder = await parent.folder(folderName).catch(() => undefined);
  if (folder === undefined) return;
  await unlink(folder.at(name)).catch(() => undefined);
  await folder.close();
  await rmdir(parent.at(folderName)).catch(() => undefined);
}

/**
 * How many backups stay: a number, or `usual`. Then it is 10, and where there are more (somebody asked for them)
 * a write takes away no more than the one that it has added.
 */
export type Keep = number | 'usual';

/** Removes the backups that are too many. */
export async function pruneBackups(file: string, parent: OpenFolder, keep: Keep): Promise<void> {
  const folder = await parent.folder(basename(backupFolderOf(file)));
  try {
    for (const { name } of beyondKept(newestNames(folder), keep)) await unlink(folder.at(name));
  } finally {
    await folder.close();
  }
}

/**
 * Which backups go. Good ones and others (broken, or without an entry) are counted by themselves, and of the same
 * bytes the older copies go first: neither a broken file nor one that is kept already pushes a good one out.
 */
export function beyondKept(newestFirst: readonly BackupName[], keep: Keep): BackupName[] {
  // The name of what an older version made does not tell; it is taken for good.
  const isOther = ({ content }: BackupName) => content !== undefined && !isGood(content);
  return [
    ...excess(
      newestFirst.filter((name) => !isOther(name)),
      keep,
    ),
    ...excess(newestFirst.filter(isOther), keep),
  ];
}

function excess(newestFirst: readonly BackupName[], keep: Keep): BackupName[] {
  const most = keep === 'usual' ? Math.max(backupsKept, newestFirst.length - 1) : keep;
  const seen = new Set<string>();
  const first: BackupName[] = [];
  const copies: BackupName[] = [];
  for (const name of newestFirst) {
    (seen.has(name.sha256) ? copies : first).push(name);
    seen.add(name.sha256);
  }
  return [...copies.reverse(), ...first.reverse()].slice(0, Math.max(0, newestFirst.length - most));
}
