import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { FileFacts, LockFacts } from '../facts/facts.ts';
import { maxFileSize } from '../repositories/parse.ts';
import { readFailed, readRegularFile } from '../system/regular-file.ts';
import type { StoreLocation } from './stores.ts';

export interface FileFactsOptions {
  /** Names of our own files beside it that a killed run left. */
  readonly ownLeftover?: RegExp | undefined;
  /** Of our lock on the file, from those who know it. While it is held, our files are no leftovers. */
  readonly lock?: LockFacts | undefined;
}

/**
 * What lstat(2) and one read tell about a repositories.json. A link is followed only where it stays in the data
 * root (of a file by itself: in its folder); elsewhere it may lead to anything.
 * @throws RefstoreError READ_FAILED, LIMIT_EXCEEDED
 */
export async function gatherFileFacts(
  { dataRoot, file }: StoreLocation,
  { ownLeftover, lock }: FileFactsOptions = {},
): Promise<FileFacts> {
  const folder = dirname(file);
  const [found, owner, leftovers] = await Promise.all([
    orMissing(file, lstat(file)),
    orMissing(folder, stat(folder)),
    leftoversOf(file, lock?.stale === false ? undefined : ownLeftover),
  ]);
  const beside = {
    path: file,
    leftovers,
    ...(owner === undefined ? {} : { folder: { uid: owner.uid, gid: owner.gid } }),
    ...(lock === undefined ? {} : { lock }),
  };
  if (found === undefined) return { ...beside, kind: 'missing' };
  if (found.isSymbolicLink())
    return { ...beside, kind: 'symlink', ...(await linkFacts(file, dataRoot ?? folder)) };
  if (found.isDirectory()) return { ...beside, kind: 'directory', ...modeOf(found) };
  if (!found.isFile()) return { ...beside, kind: 'other', ...modeOf(found) };
  return { ...beside, kind: 'file', ...modeOf(found), ...(await contentOf(file)) };
}

/** Whether a name is that of a temporary file of the daemon: `.tmp-`, the file's name, digits (ioutils AtomicWriter). */
export function isTemporaryOf(file: string, name: string): boolean {
  const beginning = `.tmp-${basename(file)}`;
  return name.startsWith(beginning) && /^[0-9]*$/.test(name.slice(beginning.length));
}

type Content = Pick<FileFacts, 'bytes'>;

async function contentOf(file: string): Promise<Content> {
  const read = await readRegularFile(file, { limit: maxFileSize, followLink: true });
  return read === undefined ? {} : { bytes: read.bytes };
}

async function linkFacts(
  file: string,
  within: string,
): Promise<Omit<FileFacts, 'path' | 'kind' | 'leftovers'>> {
  const target = await readlink(file);
  const real = await orMissing(file, realpath(file));
  if (real === undefined) return { link: { target, dangling: true } };
  const link = { target, dangling: false };
  if (!real.startsWith((await realpath(within)) + sep)) return { link };
  const found = await stat(real);
  return { link, ...modeOf(found), ...(found.isFile() ? await contentOf(real) : {}) };
}

async function leftoversOf(file: string, own: RegExp | undefined): Promise<FileFacts['leftovers']> {
  const folder = dirname(file);
  const names = (await orMissing(folder, readdir(folder))) ?? [];
  const left = names.filter((name) => isTemporaryOf(file, name) || own?.test(name));
  const sizes = await Promise.all(left.map((name) => lstat(join(folder, name)).catch(() => undefined)));
  return left.flatMap((name, index) => {
    const size = sizes[index]?.size; // undefined: gone meanwhile
    return size === undefined ? [] : [{ name, size }];
  });
}

function modeOf({ mode, uid, gid }: Stats): Pick<FileFacts, 'mode' | 'uid' | 'gid'> {
  return { mode: mode & 0o7777, uid, gid };
}

async function orMissing<T>(path: string, result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}
