import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import type { ReadFailure } from '../util/read-failure.ts';
import { kindOf, readFailed } from './regular-file.ts';

export interface FolderEntry {
  readonly name: string;
  /** A link is neither, whatever it leads to. */
  readonly kind: 'file' | 'folder' | 'other';
}

/** Goes through a folder's names once. After the loop, `problem` says why it ended early, if it did. */
export interface Listing extends Iterable<FolderEntry> {
  readonly problem: ReadFailure | undefined;
}

export interface ListedFiles {
  readonly files: readonly string[];
  /** Names of folders, links and the like. */
  readonly others: readonly string[];
  /** Why these are not all. */
  readonly problem: ReadFailure | undefined;
}

/** More than any folder of a data root holds; a folder with more is listed up to here. */
const maxEntries = 1_000_000;

/** Most files that are read here are smaller: one read takes them whole. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

const missing: ReadFailure = { problem: 'missing', reason: 'it is not there' };

/**
 * A folder of the data root, for reading only. The data root may be a copy from anywhere: links that lead out
 * of it are not followed, nothing but regular files is opened, and sizes are bounded. What cannot be read comes
 * back as an Unread, because one damaged file must not end a check.
 *
 * Reads are synchronous: for thousands of small files they take a third of the time of asynchronous ones.
 * Callers give way to other work between them (pace.ts).
 */
export class Folder {
  /** Without links. */
  readonly path: string;
  readonly #top: string;

  private constructor(path: string, top: string) {
    this.path = path;
    this.#top = top;
  }

  /**
   * The data root itself, which may be reached through links.
   * @throws RefstoreError READ_FAILED when it is not there or cannot be read
   */
  static open(path: string): Folder {
    try {
      return Folder.#root(path);
    } catch (error) {
      throw readFailed(path, error as NodeJS.ErrnoException);
    }
  }

  /** `open` for a folder that need not be there. */
  static tryOpen(path: string): Folder | ReadFailure {
    try {
      return Folder.#root(path);
    } catch (error) {
      return unread(error as NodeJS.ErrnoException);
    }
  }

  static #root(path: string): Folder {
    const real = realpathSync.native(path);
    opendirSync(real).closeSync();
    return new Folder(real, real);
  }

  folder(...names: string[]): Folder | ReadFailure {
    try {
      const real = realpathSync.native(join(this.path, ...names));
      if (real !== this.#top && !real.startsWith(withSeparator(this.#top))) {
        return { problem: 'outside', reason: `it leads out of ${this.#top}, to ${real}` };
      }
      const stat = lstatSync(real);
      if (!stat.isDirectory()) return { problem: 'wrong-kind', reason: `it is ${kindOf(stat)}` };
      return new Folder(real, this.#top);
    } catch (error) {
      return unread(error as NodeJS.ErrnoException);
    }
  }

  list(limit: number = maxEntries): Listing {
    let problem: ReadFailure | undefined;
    const { path } = this;
    function* entries(): Generator<FolderEntry, void> {
      try {
        const folder = opendirSync(path, { bufferSize: 16 * 1024 });
        try {
          let left = limit;
          for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
            if (left-- <= 0) {
              problem = tooMany(limit);
              return;
            }
            yield { name: entry.name, kind: kindOfEntry(entry) };
          }
        } finally {
          folder.closeSync();
        }
      } catch (error) {
        problem = unread(error as NodeJS.ErrnoException);
      }
    }
    return {
      [Symbol.iterator]: entries,
      get problem() {
        return problem;
      },
    };
  }

  /** `list` of a folder of many files: Node's pool reads their names while the caller does other work. */
  async listFiles(limit: number = maxEntries): Promise<ListedFiles> {
    const files: string[] = [];
    const others: string[] = [];
    try {
      const folder = opendirSync(this.path, { bufferSize: 32 * 1024 });
      try {
        // Only this waits. The names that came with it are there for those that follow.
        for (let entry = await folder.read(); entry !== null; entry = folder.readSync()) {
          if (files.length + others.length === limit) return { files, others, problem: tooMany(limit) };
          (entry.isFile() ? files : others).push(entry.name);
        }
      } finally {
        folder.closeSync();
      }
    } catch (error) {
      return { files, others, problem: unread(error as NodeJS.ErrnoException) };
    }
    return { files, others, problem: undefined };
  }

  /** A file in this folder, whole. */
  read(name: string, limit: number): Buffer | ReadFailure {
    // A device may act on being opened, so what is not known from a listing is looked at first.
    const size = this.sizeOf(name);
    if (typeof size !== 'number') return size;
    return size > limit ? tooLarge(limit) : this.readListed(name, limit);
  }

  /** `read` for a name that was listed as a file: one look less. */
  readListed(name: string, limit: number): Buffer | ReadFailure {
    const file = openRegular(this.#at(name));
    if ('problem' in file) return file;
    try {
      const length = readSync(file.fd, scratch, 0, scratch.length, 0);
      if (length > limit) return tooLarge(limit);
      if (length < scratch.length) return Buffer.from(scratch.subarray(0, length));
      return readLarge(file.fd, limit);
    } catch (error) {
      return unread(error as NodeJS.ErrnoException);
    } finally {
      closeSync(file.fd);
    }
  }

  // path.join would take as long as the system calls.
  #at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** In bytes, of a regular file. */
  sizeOf(name: string): number | ReadFailure {
    try {
      const stat = lstatSync(this.#at(name), { throwIfNoEntry: false });
      if (stat === undefined) return missing;
      return stat.isFile() ? stat.size : { problem: 'wrong-kind', reason: `it is ${kindOf(stat)}` };
    } catch (error) {
      return unread(error as NodeJS.ErrnoException);
    }
  }

  /** For files of which only parts are wanted. The caller closes it. */
  open(name: string): OpenedFile | ReadFailure {
    const size = this.sizeOf(name);
    if (typeof size !== 'number') return size;
    const file = openRegular(this.#at(name));
    return 'problem' in file ? file : new OpenedFile(file.fd);
  }
}

export class OpenedFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  size(): number {
    return fstatSync(this.#fd).size;
  }

  /** Fewer bytes only where the file ends. */
  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, fill(this.#fd, bytes, position));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function openRegular(path: string): { readonly fd: number } | ReadFailure {
  try {
    // O_NONBLOCK: should a fifo have come into the file's place, opening it does not wait.
    return { fd: openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK) };
  } catch (error) {
    return unread(error as NodeJS.ErrnoException);
  }
}

function readLarge(fd: number, limit: number): Buffer | ReadFailure {
  const { size } = fstatSync(fd);
  if (size > limit) return tooLarge(limit);
  const bytes = Buffer.allocUnsafe(size);
  return bytes.subarray(0, fill(fd, bytes, 0));
}

function fill(fd: number, bytes: Uint8Array, position: number): number {
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

function tooMany(limit: number): ReadFailure {
  return { problem: 'too-many', reason: `it holds more than ${limit} names` };
}

function tooLarge(limit: number): ReadFailure {
  return { problem: 'too-large', reason: `it has more than ${limit} bytes` };
}

function unread(error: NodeJS.ErrnoException): ReadFailure {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missing;
    case 'ELOOP':
      return { problem: 'wrong-kind', reason: 'it is a symbolic link' };
    case 'EACCES':
    case 'EPERM':
      return { problem: 'unreadable', reason: 'there is no permission to read it' };
    default:
      return { problem: 'unreadable', reason: error.message };
  }
}

function kindOfEntry(entry: Dirent): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}
