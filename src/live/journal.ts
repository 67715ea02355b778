import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RefstoreError } from '../errors.ts';
import { type OpenFolder, withKnownPaths } from '../store/open-folder.ts';
import { type ProcessIdentity, processStatus } from '../system/process.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { type JournalFolder, openJournalFolder, whyNotBelieved } from './journal-folder.ts';
import type { FileMarks } from './replace-bytes.ts';
import { syncFolder } from './with-folder.ts';

/** What a live change changes on the host, written before it does: whoever finds it knows what to put back. */
export interface Journal {
  readonly schema: 'docker-refstore/live-journal/v1';
  /** Name of its file without `.json`; marks the line in /etc/hosts. */
  readonly id: string;
  /** ISO 8601. */
  readonly started: string;
  readonly process: ProcessIdentity & { readonly bootId: string };
  readonly dataRoot: string;
  /** Where the daemon listens, as Engine.host. */
  readonly host: string;
  readonly daemonJson?: JournalDaemonJson | undefined;
  readonly hosts?: { readonly file: string; readonly addition: string } | undefined;
}

export interface JournalDaemonJson {
  readonly file: string;
  /** Base64; null where there was no file. */
  readonly before: string | null;
  readonly marks: FileMarks | null;
  readonly madeFolder: boolean;
  /** What the daemon had in memory. */
  readonly mirrorsBefore: readonly string[];
  readonly mirrorsMeanwhile: readonly string[];
}

const fileName = /^live-[0-9a-f]{16}\.json$/;
const unfinished = /^\.live-[0-9a-f]{16}\.json\.tmp$/;
/** A daemon.json has a mebibyte at most, and base64 makes it longer by a third. */
const sizeLimit = 4 << 20;

/**
 * Synced with its folder before this returns, and 0600: a daemon.json may hold secrets.
 * @throws RefstoreError LIVE_REFUSED: a journal in such a folder would not be believed afterwards
 */
export async function writeJournal(path: string, journal: Journal): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const opened = await openJournalFolder(path);
  if ('problem' in opened) throw notBelieved(path, opened.problem);
  const { folder } = opened;
  try {
    const name = `${journal.id}.json`;
    const temporary = folder.at(`.${name}.tmp`);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(journal));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, folder.at(name));
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Before anything is changed.
 * @throws RefstoreError LIVE_REFUSED when the folder is there, and a journal in it would not be believed
 */
export async function requireBelievedFolder(path: string): Promise<void> {
  const opened = await openIfPossible(path);
  if (opened === undefined) return;
  if ('problem' in opened) throw notBelieved(path, opened.problem);
  await opened.folder.close();
}

function notBelieved(path: string, problem: string): RefstoreError {
  return new RefstoreError(
    'LIVE_REFUSED',
    `the folder of journals ${path} cannot be used: ${problem}; nothing was changed`,
    { hint: `make it a directory of root with mode 0700, or use --restart`, details: { path } },
  );
}

/** Undefined where there is none, or it is root's and we may not look. */
async function openIfPossible(path: string): Promise<JournalFolder | undefined> {
  try {
    return await openJournalFolder(path);
  } catch {
    return undefined;
  }
}

export async function removeJournal(folder: string, { id }: Journal): Promise<void> {
  await rm(join(folder, `${id}.json`), { force: true });
  await syncFolder(folder);
}

export interface FoundJournal {
  readonly file: string;
  /** Undefined for one that cannot be read, or is not believed: `problem` says why. */
  readonly journal: Journal | undefined;
  readonly problem: string | undefined;
  /** The run that wrote it is still at work. */
  readonly isActive: boolean;
}

/**
 * Those of runs under way and of runs that were killed. Empty where there is no folder, or we may not look. A folder
 * that is not believed, and has journals, counts as one that cannot be read.
 */
export async function readJournals(path: string): Promise<FoundJournal[]> {
  const opened = await openIfPossible(path);
  if (opened === undefined) return [];
  if ('problem' in opened) {
    const names = await readdir(path).catch((): string[] => []);
    return names.some((name) => fileName.test(name)) ? [unusable(path, opened.problem)] : [];
  }
  const { folder } = opened;
  try {
    const names = (await readdir(folder.at('.'))).filter((name) => fileName.test(name));
    return await Promise.all(names.map((name) => readOne(folder, name)));
  } finally {
    await folder.close();
  }
}

async function readOne(folder: OpenFolder, name: string): Promise<FoundJournal> {
  const file = join(folder.path, name);
  try {
    const found = await readRegularFile(folder.at(name), { limit: sizeLimit });
    if (found === undefined) return unusable(file, 'it is gone');
    const { uid, mode } = found.stat;
    const problem = whyNotBelieved({ uid: Number(uid), mode: Number(mode) });
    if (problem !== undefined) return unusable(file, problem);
    const { journalShape } = await import('./journal-schema.ts');
    const journal: Journal = journalShape.parse(JSON.parse(Buffer.from(found.bytes).toString('utf8')));
    return { file, journal, problem: undefined, isActive: await isActive(journal) };
  } catch (error) {
    return unusable(file, withKnownPaths((error as Error).message));
  }
}

function unusable(file: string, problem: string): FoundJournal {
  return { file, journal: undefined, problem, isActive: false };
}

async function isActive({ process: { pid, startTime, bootId } }: Journal): Promise<boolean> {
  return bootId === (await currentBootId()) && (await processStatus(pid))?.startTime === startTime;
}

/** Files that were not finished: nothing had been changed for them yet. */
export async function removeUnfinished(path: string): Promise<void> {
  const opened = await openIfPossible(path);
  if (opened === undefined || 'problem' in opened) return;
  const { folder } = opened;
  try {
    for (const name of await readdir(folder.at('.'))) {
      if (unfinished.test(name)) await rm(folder.at(name), { force: true });
    }
  } finally {
    await folder.close();
  }
}

/** Process IDs and start times count from the boot. */
export async function currentBootId(): Promise<string> {
  const found = await readRegularFile('/proc/sys/kernel/random/boot_id', { limit: 100 }).catch(
    () => undefined,
  );
  return Buffer.from(found?.bytes ?? [])
    .toString('utf8')
    .trim();
}
