import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readRegularFile } from '../system/regular-file.ts';

/** Who holds a lock, as the holder wrote it down. */
export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Which process the pid is: a number means one only in its boot, its pid namespace, and from its start on. */
  readonly process?: ProcessIdentity | undefined;
}

/** Where Linux tells it; undefined elsewhere. */
export interface ProcessIdentity {
  /** /proc/sys/kernel/random/boot_id: host names are not unique, this is. */
  readonly boot: string;
  /** `pid:[4026531836]`: containers may share the name of their host, and count otherwise. */
  readonly namespace: string;
  /** Clock ticks from the boot to its start (field 22 of /proc/PID/stat). */
  readonly started: string;
}

const filePattern = /^holder-[0-9a-f]{32}\.json$/;
const sizeLimit = 4096;

/** The name carries the token, so that one holder's file is never taken for another's. */
export function holderFileName(token: string): string {
  return `holder-${token}.json`;
}

export function isHolderFile(name: string): boolean {
  return filePattern.test(name);
}

export function thisProcess(command: string): LockHolder {
  const { pid } = process;
  return { pid, command, host: hostname(), since: new Date().toISOString(), process: ownIdentity() };
}

/** For people: "process 4711 (refstore patch) on host since 2026-01-02T03:04:05.678Z". */
export function describeHolder({ pid, command, host, since }: LockHolder): string {
  return `process ${pid} (${command}) on ${host} since ${since}`;
}

/** The holder named in a lock folder; undefined when there is no folder, or its content cannot be used. */
export async function readHolder(lockFolder: string): Promise<LockHolder | undefined> {
  const names = await readdir(lockFolder).catch(() => []); // released meanwhile, or not ours to look into
  const name = names.find(isHolderFile);
  return name === undefined ? undefined : await readHolderFile(join(lockFolder, name));
}

async function readHolderFile(file: string): Promise<LockHolder | undefined> {
  const found = await readRegularFile(file, { limit: sizeLimit }).catch(() => undefined);
  return found && parseHolder(new TextDecoder().decode(found.bytes));
}

/**
 * Whether the holder is known to be gone: no process of its number exists any more, or only one that began later.
 * Of another host, boot or container nothing is known.
 */
export function isStale({ pid, host, process: holder }: LockHolder): boolean {
  const own = ownIdentity();
  if (host !== hostname() || holder === undefined || own === undefined) return false;
  if (holder.boot !== own.boot || holder.namespace !== own.namespace) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  const now = processStat(pid); // undefined: it is hidden from us (hidepid), and there
  return now !== undefined && (now.hasEnded || now.started !== holder.started);
}

/**
 * Removes what processes that are gone have left in a lock folder, and the folder if nothing else is in it. The
 * names are those of one holder each and never used again, so that a lock which is new by now is not touched.
 * @returns whether the lock can be had now, as far as we see
 */
export async function removeStale(lockFolder: string): Promise<boolean> {
  const names = await readdir(lockFolder).catch(() => []); // released meanwhile, or no folder
  let isFound = false;
  for (const name of names.filter(isHolderFile)) {
    const holder = await readHolderFile(join(lockFolder, name));
    if (holder === undefined || !isStale(holder)) continue;
    await unlink(join(lockFolder, name)).catch(ignoring('ENOENT'));
    isFound = true;
  }
  // An empty one that another has made in between is his only when his file is in it: he makes it again.
  if (isFound) await rmdir(lockFolder).catch(ignoring('ENOENT', 'ENOTEMPTY', 'EEXIST'));
  return isFound;
}

function ignoring(...codes: readonly string[]) {
  return (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}

function ownIdentity(): ProcessIdentity | undefined {
  const started = processStat('self')?.started;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    return started === undefined ? undefined : { boot, namespace, started };
  } catch {
    return undefined; // no Linux, or no /proc
  }
}

/** What /proc says of a process; undefined when it says nothing. */
function processStat(pid: number | 'self'): { started: string; hasEnded: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name of the program, in brackets, may hold anything; what follows is the third field and on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state && started ? { started, hasEnded: state === 'Z' || state === 'X' } : undefined;
}

function parseHolder(text: string): LockHolder | undefined {
  let value: Partial<Record<keyof LockHolder, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // cut: its writer had no room, or is writing it at this moment
  }
  const { pid, command, host, since } = value ?? {};
  return Number.isSafeInteger(pid) &&
    typeof command === 'string' &&
    typeof host === 'string' &&
    typeof since === 'string'
    ? { pid: pid as number, command, host, since, process: parseIdentity(value?.process) }
    : undefined;
}

function parseIdentity(value: unknown): ProcessIdentity | undefined {
  const { boot, namespace, started } = (value ?? {}) as Partial<Record<keyof ProcessIdentity, unknown>>;
  return typeof boot === 'string' && typeof namespace === 'string' && typeof started === 'string'
    ? { boot, namespace, started }
    : undefined;
}
