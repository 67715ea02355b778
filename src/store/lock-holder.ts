import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readRegularFile } from '../dataroot/regular-file.ts';

/** Who holds a lock, as the holder wrote it down. */
export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
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
  return { pid: process.pid, command, host: hostname(), since: new Date().toISOString() };
}

/** The holder named in a lock folder; undefined when there is none or it says nothing that can be used. */
export async function readHolder(lockFolder: string): Promise<LockHolder | undefined> {
  const names = await readdir(lockFolder).catch(() => []); // released meanwhile, or not ours to look into
  const name = names.find(isHolderFile);
  if (name === undefined) return undefined;
  const found = await readRegularFile(join(lockFolder, name), { limit: sizeLimit }).catch(() => undefined);
  return found && parseHolder(new TextDecoder().decode(found.bytes));
}

/** Whether the holder is known to be gone: a process of this host that does not exist any more. */
export function isGone({ pid, host }: LockHolder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
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
    ? { pid: pid as number, command, host, since }
    : undefined;
}
