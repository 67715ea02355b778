import fs from 'node:fs';
import { join } from 'node:path';
import { holderFileName, isHolderFile } from './lock-holder.ts';

type Callback = (error: NodeJS.ErrnoException | null) => void;

/** The part of node:fs that proper-lockfile asks for. */
export interface LockFileSystem {
  readonly stat: typeof fs.stat;
  readonly utimes: typeof fs.utimes;
  mkdir(folder: string, done: Callback): void;
  rmdir(folder: string, done: Callback): void;
  rmdirSync(folder: string): void;
}

export interface LockFolderOptions {
  /** Random; in the name of the file that makes the folder ours. */
  readonly token: string;
  readonly content: string;
  readonly staleMs: number;
}

/**
 * proper-lockfile's lock is an empty folder. Two processes that find a stale one at the same time can both
 * remove it there, the second removing what the first has just made, and both hold the lock. Here the folder
 * holds a file named by its holder's token, which closes that gap: a lock counts once that file is in it, a
 * stale lock is removed by the names that were in it while it was stale, and a folder with another's file does
 * not go away.
 */
export function lockFileSystem({ token, content, staleMs }: LockFolderOptions): LockFileSystem {
  const mine = holderFileName(token);
  let isOurs = false;
  return {
    stat: fs.stat,
    utimes: fs.utimes,

    mkdir(folder, done) {
      fs.mkdir(folder, { mode: 0o700 }, (failure) => {
        if (failure !== null) return done(failure);
        fs.writeFile(join(folder, mine), content, { flag: 'wx', mode: 0o600 }, (problem) => {
          isOurs = problem === null;
          if (problem === null) return done(null);
          if (problem.code === 'ENOENT') return done(busy('EEXIST')); // removed as a stale one meanwhile
          fs.rm(join(folder, mine), { force: true }, () => fs.rmdir(folder, () => done(problem)));
        });
      });
    },

    rmdir(folder, done) {
      const removed = isOurs ? removeOwn(folder, mine) : removeStale(folder, staleMs);
      removed.then(() => done(null), done);
    },

    rmdirSync(folder) {
      fs.unlinkSync(join(folder, mine));
      fs.rmdirSync(folder);
    },
  };
}

/** Leaves the folder alone when our file is not in it any more: it is another's lock then. */
async function removeOwn(folder: string, mine: string): Promise<void> {
  await fs.promises.unlink(join(folder, mine));
  await fs.promises.rmdir(folder);
}

async function removeStale(folder: string, staleMs: number): Promise<void> {
  const names = (await fs.promises.readdir(folder)).filter(isHolderFile);
  // Only now: what is stale here was stale when its names were read. A new lock has another time and name.
  const { mtimeMs } = await fs.promises.stat(folder);
  if (mtimeMs >= Date.now() - staleMs) throw busy('ELOCKED');
  for (const name of names) await fs.promises.rm(join(folder, name), { force: true });
  await fs.promises.rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? busy('ELOCKED') : error;
  });
}

/** In proper-lockfile's codes: somebody else has it, try again. */
function busy(code: 'EEXIST' | 'ELOCKED'): NodeJS.ErrnoException {
  return Object.assign(new Error('Lock file is already being held'), { code });
}
