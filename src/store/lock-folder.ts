import fs from 'node:fs';
import { join } from 'node:path';
import { holderFileName } from './lock-holder.ts';
import { type LockState, lockState } from './lock-watch.ts';

type Callback = (error: NodeJS.ErrnoException | null) => void;
type StatCallback = (error: NodeJS.ErrnoException | null, stat?: { readonly mtime: Date }) => void;

/** The part of node:fs that proper-lockfile asks for. */
export interface LockFileSystem {
  stat(folder: string, done: StatCallback): void;
  utimes(folder: string, atime: Date, mtime: Date, done: Callback): void;
  mkdir(folder: string, done: Callback): void;
  rmdir(folder: string, done: Callback): void;
  rmdirSync(folder: string): void;
}

export interface LockFolderOptions {
  /** Random; in the name of the file that makes the folder ours. */
  readonly token: string;
  readonly content: string;
  /** The state in which the lock of another has stood for too long, if it has. */
  readonly stale: LockState | undefined;
}

/** What proper-lockfile takes for stale, and what it does not, whatever the clock says. */
const longAgo = new Date(0);
const never = new Date(8.64e15);

/**
 * proper-lockfile's lock is an empty folder. Two processes that find a stale one at the same time can both
 * remove it there, the second removing what the first has just made, and both hold the lock. Here the folder
 * holds a file named by its holder's token, which closes that gap: a lock counts once that file is in it, a
 * stale lock is removed by the names that were in it while it was stale, and a folder with another's file does
 * not go away.
 *
 * proper-lockfile also compares the folder's time with the clock. What is stale is decided here (LockWatch), and
 * told to it as a time.
 */
export function lockFileSystem({ token, content, stale }: LockFolderOptions): LockFileSystem {
  const mine = holderFileName(token);
  let isOurs = false;
  return {
    stat(folder, done) {
      if (isOurs) return fs.lstat(folder, done);
      isStill(folder, stale).then((isStale) => done(null, { mtime: isStale ? longAgo : never }), done);
    },

    // Not of what a link leads to, should the folder be one by now.
    utimes: fs.lutimes,

    mkdir(folder, done) {
      fs.mkdir(folder, { mode: 0o700 }, (failure) => {
        if (failure !== null) return done(failure);
        writeHolder(folder, mine, content, (problem) => {
          isOurs = problem === null;
          if (problem === null) return done(null);
          // Removed as a stale one meanwhile, or it is another's folder.
          if (problem.code === 'ENOENT' || problem.code === 'ENOTDIR') return done(busy('EEXIST'));
          fs.unlink(join(folder, mine), () => fs.rmdir(folder, () => done(problem)));
        });
      });
    },

    rmdir(folder, done) {
      const removed = isOurs ? removeOwn(folder, mine) : removeStale(folder, stale);
      removed.then(() => done(null), done);
    },

    rmdirSync(folder) {
      fs.unlinkSync(join(folder, mine));
      fs.rmdirSync(folder);
    },
  };
}

/** Into the folder itself, not to where a link leads that has come into its place. */
function writeHolder(folder: string, name: string, content: string, done: Callback): void {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  fs.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, (failure, fd) => {
    if (failure !== null) return done(failure);
    const inside = process.platform === 'linux' ? `/proc/self/fd/${fd}` : folder;
    fs.writeFile(join(inside, name), content, { flag: 'wx', mode: 0o600 }, (problem) =>
      fs.close(fd, () => done(problem)),
    );
  });
}

/** Leaves the folder alone when our file is not in it any more: it is another's lock then. */
async function removeOwn(folder: string, mine: string): Promise<void> {
  await fs.promises.unlink(join(folder, mine));
  await fs.promises.rmdir(folder);
}

async function isStill(folder: string, stale: LockState | undefined): Promise<boolean> {
  return stale !== undefined && (await lockState(folder))?.id === stale.id;
}

async function removeStale(folder: string, stale: LockState | undefined): Promise<void> {
  // What is removed below are names that stood in it while it was stale. A new lock has others.
  if (stale === undefined || !(await isStill(folder, stale))) throw busy('ELOCKED');
  for (const name of stale.holders) await fs.promises.rm(join(folder, name), { force: true });
  await fs.promises.rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? busy('ELOCKED') : error;
  });
}

/** In proper-lockfile's codes: somebody else has it, try again. */
function busy(code: 'EEXIST' | 'ELOCKED'): NodeJS.ErrnoException {
  return Object.assign(new Error('Lock file is already being held'), { code });
}
