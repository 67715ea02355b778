import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readFailed } from '../system/regular-file.ts';

/** Where a reference store is. */
export interface StoreLocation {
  /**
   * The folder that the daemon works in (with userns-remap the folder UID.GID below the configured one).
   * undefined for a file that stands by itself.
   */
  readonly dataRoot: string | undefined;
  /** Storage driver (graph driver): the name of the folder below `image`. */
  readonly driver: string | undefined;
  /** Path of repositories.json, which need not exist. */
  readonly file: string;
  /** The file itself was named (--file): it is meant, whether a daemon would read it or not. */
  readonly isFileNamed?: boolean | undefined;
}

/** A store that was found by looking into a data root. */
export interface FoundStore extends StoreLocation {
  readonly dataRoot: string;
  readonly driver: string;
  /** Whether the data root is a folder UID.GID of a daemon with userns-remap. */
  readonly isRemapped: boolean;
}

const fileName = 'repositories.json';
const remappedName = /^\d+\.\d+$/;

/** What the path of a repositories.json tells about its data root and driver: `<root>/image/<driver>/…`. */
export function locationOf(file: string): StoreLocation {
  const folder = dirname(file);
  const images = dirname(folder);
  return basename(file) === fileName && basename(images) === 'image'
    ? { dataRoot: dirname(images), driver: basename(folder), file }
    : { dataRoot: undefined, driver: undefined, file };
}

/**
 * Every store of a data root, in the order of the drivers' names. The folder image/<driver> is what shows that
 * a driver was used, so a store whose file is missing is among them.
 * @throws RefstoreError READ_FAILED when the data root cannot be looked into
 */
export function storesIn(dataRoot: string): FoundStore[] {
  const drivers = foldersIn(join(dataRoot, 'image'));
  return drivers.map((driver) => ({
    dataRoot,
    driver,
    file: join(dataRoot, 'image', driver, fileName),
    isRemapped: remappedName.test(basename(dataRoot)),
  }));
}

/** A symbolic link where a store would be, and what it leads to: as it says, where nothing is there. */
export interface StoreLink {
  readonly path: string;
  readonly target: string;
}

/** Links in the place of `image`, which leads nowhere then, and of `image/<driver>`: no store is looked for behind one. */
export function storeLinksIn(dataRoot: string): StoreLink[] {
  const images = join(dataRoot, 'image');
  // What cannot be looked into has no say here: that no store was found is the error.
  const drivers = (orUndefined(() => readdirSync(images, { withFileTypes: true })) ?? [])
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => join(images, entry.name));
  return [images, ...drivers].flatMap((path) => {
    const text = orUndefined(() => readlinkSync(path));
    if (text === undefined) return [];
    return [{ path, target: orUndefined(() => realpathSync(path)) ?? resolve(dirname(path), text) }];
  });
}

/** The stores in the folders UID.GID below a data root, where a daemon with userns-remap keeps them. */
export function remappedStoresIn(dataRoot: string): FoundStore[] {
  return foldersIn(dataRoot)
    .filter((name) => remappedName.test(name))
    .flatMap((name) => storesIn(join(dataRoot, name)));
}

/** Whether two paths are one folder: the daemon reports its data root with symbolic links resolved. */
export function isSameFolder(a: string, b: string): boolean {
  if (resolve(a) === resolve(b)) return true;
  const [left, right] = [a, b].map((path) => orUndefined(() => realpathSync(path)));
  return left !== undefined && left === right;
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
