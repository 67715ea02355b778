import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessIdentity, processStatus } from '../system/process.ts';
import { readRegularFile } from '../system/regular-file.ts';
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

/** Synced with its folder before this returns, and 0600: a daemon.json may hold secrets. */
export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${journal.id}.json`;
  const temporary = join(folder, `.${name}.tmp`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(journal));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(folder, name));
  await syncFolder(folder);
}

export async function removeJournal(folder: string, { id }: Journal): Promise<void> {
  await rm(join(folder, `${id}.json`), { force: true });
  await syncFolder(folder);
}

export interface FoundJournal {
  readonly file: string;
  /** Undefined for one that cannot be read: why says `problem`. */
  readonly journal: Journal | undefined;
  readonly problem: string | undefined;
  /** The run that wrote it is still at work. */
  readonly isActive: boolean;
}

/** Those of runs under way and of runs that were killed. Empty where there is no folder, or we may not look. */
export async function readJournals(folder: string): Promise<FoundJournal[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return []; // no such folder, or it is root's: no run of this user wrote there
  }
  return Promise.all(names.filter((name) => fileName.test(name)).map((name) => readOne(join(folder, name))));
}

async function readOne(file: string): Promise<FoundJournal> {
  try {
    const found = await readRegularFile(file, { limit: sizeLimit });
    const { journalShape } = await import('./journal-schema.ts');
    const journal: Journal = journalShape.parse(JSON.parse(Buffer.from(found?.bytes ?? []).toString('utf8')));
    return { file, journal, problem: undefined, isActive: await isActive(journal) };
  } catch (error) {
    return { file, journal: undefined, problem: (error as Error).message, isActive: false };
  }
}

async function isActive({ process: { pid, startTime, bootId } }: Journal): Promise<boolean> {
  return bootId === (await currentBootId()) && (await processStatus(pid))?.startTime === startTime;
}

/** Files that were not finished: nothing had been changed for them yet. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (unfinished.test(name)) await rm(join(folder, name), { force: true });
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
