import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Errors with which file systems answer that they have no such thing as syncing a folder. */
const cannotSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** Makes what was renamed, made or removed in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!cannotSync.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Removes the files of a folder whose names fit: what runs that were killed left there. */
export async function removeLeftovers(folder: string, pattern: RegExp): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && pattern.test(entry.name)) await rm(join(folder, entry.name), { force: true });
  }
}
