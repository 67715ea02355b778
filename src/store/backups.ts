import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFailed, readRegularFile } from '../dataroot/regular-file.ts';
import { RefstoreError } from '../errors.ts';
import { largestFile } from '../repositories/parse.ts';
import { removeLeftovers, syncFolder } from './folder.ts';
import { type FileStat, type Snapshot, sha256 } from './snapshot.ts';

/** The bytes that the file had before a write. */
export interface Backup {
  /** Time and the first 12 hex digits of the hash, `20260102T030405.678Z-0123456789ab`; sorts by time. */
  readonly id: string;
  readonly file: string;
  /** ISO 8601. */
  readonly time: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** How many backups a store keeps. */
export const backupsKept = 10;

const fileName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-([0-9a-f]{64})\.json$/;
const unfinished = /^\.unfinished-[0-9a-f]{32}$/;

export function backupFolderOf(file: string): string {
  return `${file}.backups`;
}

/**
 * Newest first. What is in the folder and not named as a backup is none of ours and left out.
 * @throws RefstoreError READ_FAILED
 */
export async function listBackups(file: string): Promise<Backup[]> {
  const folder = backupFolderOf(file);
  try {
    await requireFolder(folder);
    const found = await Promise.all((await readdir(folder)).map((name) => backupOf(folder, name)));
    return found.filter((backup) => backup !== undefined).sort((a, b) => (a.id < b.id ? 1 : -1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error instanceof RefstoreError ? error : readFailed(folder, error as NodeJS.ErrnoException);
  }
}

/** Backups are neither kept nor looked for where a link leads. Throws ENOENT when there is nothing. */
async function requireFolder(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (found.isDirectory()) return;
  const what = found.isSymbolicLink() ? 'a symbolic link' : found.isFile() ? 'a file' : 'not a folder';
  throw new RefstoreError('READ_FAILED', `the backups cannot be kept in ${folder}: it is ${what}`, {
    hint: 'remove it, or put a folder there',
    details: { folder },
  });
}

/** @throws RefstoreError READ_FAILED when there is no such backup, or its bytes are not what they were */
export async function readBackup(file: string, id: string): Promise<{ backup: Backup; bytes: Uint8Array }> {
  const backups = await listBackups(file);
  const backup = backups.find((candidate) => candidate.id === id);
  const found = backup && (await readRegularFile(backup.file, { limit: largestFile }));
  if (backup === undefined || found === undefined) {
    throw new RefstoreError('READ_FAILED', `there is no backup ${JSON.stringify(id)} of ${file}`, {
      hint: 'refstore backups lists them',
      details: { file, id, backups: backups.map((candidate) => candidate.id) },
    });
  }
  if (sha256(found.bytes) !== backup.sha256) {
    throw new RefstoreError(
      'READ_FAILED',
      `the backup ${backup.file} is damaged: its bytes do not hash to its name`,
      {
        hint: 'use another backup (refstore backups)',
        details: { file: backup.file, id },
      },
    );
  }
  return { backup, bytes: found.bytes };
}

/**
 * Keeps the bytes of a snapshot, synced to disk. Bytes that the newest backup holds already are not kept twice:
 * tries that fail again and again would drive the older states out.
 * @returns the backup, and whether it was made now; undefined when the snapshot is of no file
 */
export async function makeBackup(before: Snapshot): Promise<{ backup: Backup; isNew: boolean } | undefined> {
  const { file, bytes, stat: owner, sha256: hash } = before;
  if (owner === undefined || hash === undefined) return undefined;
  const folder = backupFolderOf(file);
  await mkdir(folder, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    await requireFolder(folder);
  });
  await giveTo(owner, folder);
  await removeLeftovers(folder, unfinished);
  const [newest] = await listBackups(file);
  if (newest?.sha256 === hash && (await isWhole(file, newest))) return { backup: newest, isNew: false };
  const name = `${timestampAfter(newest)}-${hash}.json`;
  await writeNew(folder, name, bytes, owner);
  const backup = await backupOf(folder, name);
  if (backup?.size !== bytes.length) throw new Error(`${name} was not written whole`);
  return { backup, isNew: true };
}

/**
 * Takes back a backup for which nothing was written, and the folder if nothing else is in it. Best effort,
 * behind an error that says more: the next backup finds these bytes here and keeps them as they are.
 */
export async function discardBackup(file: string, backup: Backup | undefined): Promise<void> {
  if (backup !== undefined) await rm(backup.file, { force: true }).catch(() => undefined);
  await rmdir(backupFolderOf(file)).catch(() => undefined);
}

/** Removes all but the newest. */
export async function pruneBackups(file: string): Promise<void> {
  for (const backup of (await listBackups(file)).slice(backupsKept)) await rm(backup.file, { force: true });
}

async function backupOf(folder: string, name: string): Promise<Backup | undefined> {
  const match = fileName.exec(name);
  if (match === null) return undefined;
  const file = join(folder, name);
  const stat = await lstat(file).catch(() => undefined); // pruned meanwhile
  if (!stat?.isFile()) return undefined;
  const [, year, month, day, hour, minute, second, hash = ''] = match;
  return {
    id: name.slice(0, name.indexOf('-') + 13),
    file,
    time: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
    sha256: hash,
    size: stat.size,
  };
}

async function isWhole(file: string, { id }: Backup): Promise<boolean> {
  return await readBackup(file, id).then(
    () => true,
    () => false,
  );
}

/** Now, or just behind the newest backup where the clock was set back: the order is that of the writes. */
function timestampAfter(newest: Backup | undefined): string {
  const time = Math.max(Date.now(), newest === undefined ? 0 : Date.parse(newest.time) + 1);
  return new Date(time).toISOString().replaceAll(/[-:]/g, '');
}

async function writeNew(folder: string, name: string, bytes: Uint8Array, owner: FileStat): Promise<void> {
  const temporary = join(folder, `.unfinished-${randomBytes(16).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await giveTo(owner, temporary);
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What root writes for the data root of a rootless daemon belongs to that user. */
async function giveTo({ uid, gid }: FileStat, path: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
