import { lstat } from 'node:fs/promises';
import type { LockFacts } from '../facts/facts.ts';
import { lockFolderOf, staleAfterMs } from '../store/lock.ts';
import { describeHolder, isStale, readHolder } from '../store/lock-holder.ts';
import { lockObstacle } from '../store/lock-obstacle.ts';

/** Our lock beside a store's file, or what blocks its path; undefined when neither exists. */
export async function lockFacts(file: string): Promise<LockFacts | undefined> {
  const path = lockFolderOf(file);
  const folder = await lstat(path).catch(() => undefined); // released meanwhile, or a folder that we may not look into
  if (folder === undefined) return undefined;
  const obstacle = await lockObstacle(path);
  if (obstacle !== undefined) return { path, stale: false, obstacle: `${obstacle.path} is ${obstacle.what}` };
  const holder = await readHolder(path);
  const isOld = folder.mtimeMs < Date.now() - staleAfterMs;
  const stale = isOld || (holder !== undefined && isStale(holder));
  return { path, stale, ...(holder !== undefined && { holder: describeHolder(holder) }) };
}
