import { unlink } from 'node:fs/promises';
import { maxNamesRead } from './backups.ts';
import type { OpenFolder } from './open-folder.ts';

/** Most that are removed by one run. */
const maxRemoved = 1_000;

/** Removes the files of a folder whose names fit: what runs that were killed left there. */
export async function removeLeftovers(folder: OpenFolder, pattern: RegExp): Promise<void> {
  let left = maxRemoved;
  for (const entry of folder.entries(maxNamesRead)) {
    if (!entry.isFile() || !pattern.test(entry.name)) continue;
    if (left-- === 0) return;
    await unlink(folder.at(entry.name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // another has removed it
    });
  }
}
