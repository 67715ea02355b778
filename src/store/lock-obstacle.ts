import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isHolderFile } from './lock-holder.ts';

/** What blocks the path of the lock, was not made by refstore, and stays until somebody removes it. */
export interface LockObstacle {
  readonly path: string;
  readonly what: 'a file' | 'a symbolic link' | 'not a folder' | 'a file that is not refstore’s';
}

/** Undefined where nothing is in the way but a lock, if anything. */
export async function lockObstacle(lockFolder: string): Promise<LockObstacle | undefined> {
  const found = await lstat(lockFolder).catch(() => undefined); // released meanwhile
  if (found === undefined) return undefined;
  if (found.isFile()) return { path: lockFolder, what: 'a file' };
  if (found.isSymbolicLink()) return { path: lockFolder, what: 'a symbolic link' };
  if (!found.isDirectory()) return { path: lockFolder, what: 'not a folder' };
  const names = await readdir(lockFolder).catch(() => []); // released meanwhile, or not ours to look into
  if (names.some(isHolderFile)) return undefined; // a lock; what else is there shows when it is released
  // NFS keeps under such a name what is removed while it is open.
  const name = names.find((candidate) => !candidate.startsWith('.nfs'));
  return name === undefined
    ? undefined
    : { path: join(lockFolder, name), what: 'a file that is not refstore’s' };
}
