import { constants } from 'node:fs';
import { access, lstat, open, readFile } from 'node:fs/promises';
import { RefstoreError } from '../errors.ts';
import { replaceBytes } from './replace-bytes.ts';

export const hostsFile = '/etc/hosts';

/** The line that leads names to an address, told from every other line by its marker. */
export function hostsLine(address: string, names: readonly string[], id: string): string {
  return `${address} ${names.join(' ')} # docker-refstore ${id}\n`;
}

/**
 * Whether the line can be added and taken away again.
 * @throws RefstoreError LIVE_REFUSED
 */
export async function requireWritableHosts(file: string): Promise<void> {
  let problem: string | undefined;
  try {
    const found = await lstat(file);
    if (!found.isFile()) problem = 'it is not a regular file';
    else await access(file, constants.W_OK);
  } catch (error) {
    problem = (error as NodeJS.ErrnoException).message;
  }
  if (problem === undefined) return;
  throw new RefstoreError('LIVE_REFUSED', `${file} cannot be changed: ${problem}; nothing was changed`, {
    hint: 'use --restart for these digests: it does not need the line',
    details: { file },
  });
}

/** What has to be appended to the file for the line to stand in it by itself. */
export async function hostsAddition(file: string, line: string): Promise<string> {
  const before = await readFile(file, 'latin1');
  return before === '' || before.endsWith('\n') ? line : `\n${line}`;
}

/** One write, so that a reader sees the whole of it or none. */
export async function appendToHosts(file: string, addition: string): Promise<void> {
  const handle = await open(file, 'a');
  try {
    await handle.write(addition, null, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Takes away what was appended; what others wrote into the file meanwhile stays.
 * @returns whether it was there
 */
export async function removeFromHosts(file: string, addition: string): Promise<boolean> {
  const text = await readFile(file, 'latin1');
  const at = text.indexOf(addition);
  if (at === -1) return false;
  if (at + addition.length === text.length) {
    // The usual case, with one system call: the file keeps its inode and its labels.
    const handle = await open(file, 'r+');
    try {
      await handle.truncate(at);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } else {
    await replaceBytes(file, Buffer.from(text.slice(0, at) + text.slice(at + addition.length), 'latin1'));
  }
  return true;
}
