import { stat } from 'node:fs/promises';
import type { LockFacts } from '../check/facts.ts';
import { lockFolderOf, staleAfterMs } from '../store/lock.ts';
import { isGone, readHolder } from '../store/lock-holder.ts';

/** Our lock beside a store's file; undefined when there is none. */
export async function lockFacts(file: string): Promise<LockFacts | undefined> {
  const path = lockFolderOf(file);
  const folder = await stat(path).catch(() => undefined); // released meanwhile, or a folder that we may not look into
  if (folder === undefined) return undefined;
  const holder = await readHolder(path);
  const isOld = folder.mtimeMs < Date.now() - staleAfterMs;
  const stale = isOld || (holder !== undefined && isGone(holder));
  if (holder === undefined) return { path, stale };
  const { pid, command, host, since } = holder;
  return { path, stale, holder: `process ${pid} (${command}) on ${host} since ${since}` };
}
