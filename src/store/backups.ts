import { lstat } from 'node:fs/promises';
import { RefstoreError } from '../errors.ts';
import { maxFileSize, parseRepositories } from '../repositories/parse.ts';
import { RepositoriesParseError } from '../repositories/repositories-parse-error.ts';
import { kindOf, readFailed, readRegularFile } from '../system/regular-file.ts';
import { type Backup, type BackupContent, type BackupName, isGood, parseBackupName } from './backup-name.ts';
import { OpenFolder } from './open-folder.ts';
import { sha256 } from './snapshot.ts';

/** A backup whose bytes were read and looked at. */
export interface ExaminedBackup extends Backup, BackupContent {}

/** How many backups a store keeps, if nothing else was asked for. */
export const backupsKept = 10;

/** Most that are listed; more are only there when somebody else put them there. */
export const maxBackupsListed = 1_000;
/** Most names that are looked at in the folder of backups. */
export const maxNamesRead = 1_000_000;
/** Most that are read to see what is in them. */
const maxBackupsExamined = 100;

export function backupFolderOf(file: string): string {
  return `${file}.backups`;
}

/**
 * The newest, newest first. Files without the name of a backup are left out.
 * @throws RefstoreError READ_FAILED
 */
export async function listBackups(file: string): Promise<Backup[]> {
  return await withBackupFolder(file, [], async (folder) => {
    const backups: Backup[] = [];
    for (const name of newestNames(folder)) {
      const backup = await backupOf(folder, file, name);
      if (backup !== undefined) backups.push(backup);
    }
    return backups;
  });
}

/**
 * As listBackups; of the newest 100 the bytes are read: whether a daemon would start on them, and how many
 * entries it would find. Bytes that do not match the hash in the name are damaged. For older ones the name is trusted.
 * @throws RefstoreError READ_FAILED
 */
export async function examineBackups(file: string): Promise<ExaminedBackup[]> {
  return await withBackupFolder(file, [], async (folder) => {
    const backups: ExaminedBackup[] = [];
    for (const name of newestNames(folder)) {
      const backup = await backupOf(folder, file, name);
      if (backup === undefined) continue;
      const content =
        backups.length < maxBackupsExamined ? await examine(folder, name) : (name.content ?? malformed);
      backups.push({ ...backup, ...content });
    }
    return backups;
  });
}

const malformed: BackupContent = { sound: false, entries: undefined };

async function examine(folder: OpenFolder, name: BackupName): Promise<BackupContent> {
  const bytes = await readWhole(folder, name);
  return bytes === undefined ? malformed : contentOf(bytes);
}

/** What a daemon would make of these bytes. */
export function contentOf(bytes: Uint8Array): BackupContent {
  try {
    return { sound: true, entries: parseRepositories(bytes).size };
  } catch (error) {
    if (error instanceof RepositoriesParseError) return malformed;
    throw error;
  }
}

/** The bytes that the name promises; undefined where there are others, or none that can be read. */
async function readWhole(folder: OpenFolder, { name, sha256: hash }: BackupName) {
  try {
    const found = await readRegularFile(folder.at(name), { limit: maxFileSize });
    return found !== undefined && sha256(found.bytes) === hash ? found.bytes : undefined;
  } catch (error) {
    if (error instanceof RefstoreError) return undefined;
    throw error;
  }
}

/**
 * @param id an ID, the beginning of one if no other begins so, `latest`, or `latest-good`: the newest on which a
 *   daemon would start and find an entry
 * @throws RefstoreError READ_FAILED when there is no such backup, or its bytes are not what they were;
 *   REFERENCE_CONFLICT when several IDs begin so
 */
export async function readBackup(file: string, id: string): Promise<{ backup: Backup; bytes: Uint8Array }> {
  const found = await withBackupFolder(file, undefined, async (folder) => {
    const names = newestNames(folder);
    return id === 'latest-good'
      ? await latestGood(folder, file, names)
      : await named(folder, file, names, id);
  });
  if (found === undefined) throw noBackup(file, id);
  return found;
}

async function latestGood(folder: OpenFolder, file: string, names: readonly BackupName[]) {
  for (const name of names) {
    if (name.content !== undefined && !isGood(name.content)) continue;
    const backup = await backupOf(folder, file, name);
    const bytes = backup && (await readWhole(folder, name));
    if (backup !== undefined && bytes !== undefined && isGood(contentOf(bytes))) return { backup, bytes };
  }
  return undefined;
}

async function named(folder: OpenFolder, file: string, names: readonly BackupName[], id: string) {
  const candidates: { name: BackupName; backup: Backup }[] = [];
  for (const name of names) {
    if (id !== 'latest' && (id === '' || !name.id.startsWith(id))) continue;
    const backup = await backupOf(folder, file, name);
    if (backup === undefined) continue;
    candidates.push({ name, backup });
    if (id === 'latest' || backup.id === id) break;
  }
  const [first, ...others] = candidates;
  if (first === undefined) return undefined;
  if (others.length > 0) throw ambiguous(file, id, candidates);
  const bytes = await readWhole(folder, first.name);
  if (bytes === undefined) throw damaged(first.backup);
  return { backup: first.backup, bytes };
}

function noBackup(file: string, id: string): RefstoreError {
  const what = id === 'latest-good' ? 'backup on which a daemon would start and find an entry' : undefined;
  return new RefstoreError(
    'READ_FAILED',
    what === undefined
      ? `there is no backup ${JSON.stringify(id)} of ${file}`
      : `there is no ${what} of ${file}`,
    { hint: 'refstore backups lists them', details: { file, id } },
  );
}

function ambiguous(file: string, id: string, candidates: readonly { backup: Backup }[]): RefstoreError {
  const ids = candidates.map(({ backup }) => backup.id);
  return new RefstoreError(
    'REFERENCE_CONFLICT',
    `${JSON.stringify(id)} is the beginning of ${ids.length} backups of ${file}: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}`,
    { hint: 'give more of the ID', details: { file, id, backups: ids } },
  );
}

function damaged({ file, id }: Backup): RefstoreError {
  return new RefstoreError(
    'READ_FAILED',
    `the backup ${file} is damaged: its bytes do not hash to its name`,
    { hint: 'use another backup (refstore backups)', details: { file, id } },
  );
}

async function withBackupFolder<T>(
  file: string,
  none: T,
  work: (folder: OpenFolder) => Promise<T>,
): Promise<T> {
  const path = backupFolderOf(file);
  let folder: OpenFolder;
  try {
    folder = await OpenFolder.open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none;
    throw await notAFolder(path, error as NodeJS.ErrnoException);
  }
  try {
    return await work(folder);
  } catch (error) {
    throw error instanceof RefstoreError ? error : readFailed(path, error as NodeJS.ErrnoException);
  } finally {
    await folder.close();
  }
}

/** Backups are neither kept nor looked for where a link leads. */
export async function notAFolder(path: string, cause: NodeJS.ErrnoException): Promise<RefstoreError> {
  const found = await lstat(path).catch(() => undefined); // gone meanwhile
  if (found === undefined || found.isDirectory()) return readFailed(path, cause);
  const what = found.isFile() ? 'a file' : kindOf(found);
  return new RefstoreError('READ_FAILED', `the backups cannot be kept in ${path}: it is ${what}`, {
    hint: 'remove it, or put a folder there',
    details: { folder: path },
  });
}

/** Newest first. No more of them are held than are listed, however many are there. */
export function newestNames(folder: OpenFolder): BackupName[] {
  let newest: BackupName[] = [];
  const keepNewest = () => {
    newest.sort((a, b) => (a.name < b.name ? 1 : -1));
    newest = newest.slice(0, maxBackupsListed);
  };
  for (const entry of folder.entries(maxNamesRead)) {
    const name = entry.isFile() ? parseBackupName(entry.name) : undefined;
    if (name === undefined) continue;
    newest.push(name);
    if (newest.length === 2 * maxBackupsListed) keepNewest();
  }
  keepNewest();
  return newest;
}

/** undefined when it was pruned meanwhile, or is no file. */
export async function backupOf(
  folder: OpenFolder,
  file: string,
  { name, id, time, sha256: hash, reason }: BackupName,
): Promise<Backup | undefined> {
  const stat = await lstat(folder.at(name)).catch(() => undefined);
  if (!stat?.isFile()) return undefined;
  return { id, file: `${backupFolderOf(file)}/${name}`, time, sha256: hash, size: stat.size, reason };
}
