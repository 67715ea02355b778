import { constants, type Dirent, existsSync, opendirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Errors with which file systems answer that they have no such thing as syncing a folder. */
const cannotSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

const hasDescriptorPaths = process.platform === 'linux' && existsSync('/proc/self/fd');

/** The paths of the folders that are open now, by descriptor: for messages. */
const openPaths = new Map<number, string>();

export interface OpenFolderOptions {
  /** Whether the folder itself may be reached through a symbolic link (what leads to it always may). Default: no. */
  readonly followLink?: boolean;
}

/**
 * A folder that is held open. What is in it is reached from its descriptor, by /proc/self/fd/N/NAME as Node has
 * no openat: a path that somebody swaps for a link meanwhile leads nowhere. Its owner is set on the descriptor,
 * never by path. On macOS, which has no such paths, the plain path is used.
 */
export class OpenFolder {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
    openPaths.set(handle.fd, path);
  }

  /** Throws ENOENT, ENOTDIR (also for a link, which is not followed) and what else open(2) says. */
  static async open(path: string, options: OpenFolderOptions = {}): Promise<OpenFolder> {
    return new OpenFolder(path, await openDirectory(path, options));
  }

  /**
   * A folder below another one. The other may be reached through links, as the data root often is; what is below
   * it belongs to whoever owns the daemon, and no link there is followed.
   */
  static async openBelow(top: string, path: string): Promise<OpenFolder> {
    let folder = await OpenFolder.open(top, { followLink: true });
    for (const name of relative(top, path).split(sep)) {
      const upper = folder;
      try {
        folder = await upper.folder(name);
      } finally {
        await upper.close();
      }
    }
    return folder;
  }

  /** A folder in this one, as `open` opens it. */
  async folder(name: string): Promise<OpenFolder> {
    return new OpenFolder(join(this.path, name), await openDirectory(this.at(name), {}));
  }

  /** Where something in the folder is reached, whatever becomes of the folder's path. */
  at(name: string): string {
    return hasDescriptorPaths ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.path, name);
  }

  /** Goes through what is in the folder, in no order, and at most so many. */
  *entries(limit: number): Generator<Dirent, void> {
    const folder = opendirSync(hasDescriptorPaths ? this.at('.') : this.path, { bufferSize: 1024 });
    try {
      for (let left = limit; left > 0; left--) {
        const entry = folder.readSync();
        if (entry === null) return;
        yield entry;
      }
    } finally {
      folder.closeSync();
    }
  }

  async stat(): Promise<{
    readonly uid: number;
    readonly gid: number;
    readonly mode: number;
    readonly dev: bigint;
    readonly ino: bigint;
  }> {
    const { uid, gid, mode, dev, ino } = await this.#handle.stat({ bigint: true });
    return { uid: Number(uid), gid: Number(gid), mode: Number(mode), dev, ino };
  }

  async chown(uid: number, gid: number): Promise<void> {
    await this.#handle.chown(uid, gid);
  }

  /** Makes what was renamed, made or removed in it last through a power cut. */
  async sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (error) {
      if (!cannotSync.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  async close(): Promise<void> {
    openPaths.delete(this.#handle.fd);
    await this.#handle.close();
  }
}

/** A message of the system with the paths that people know. To be called while the folder is open. */
export function withKnownPaths(message: string): string {
  return message.replaceAll(/\/proc\/self\/fd\/(\d+)(?=\/)/g, (all, fd) => openPaths.get(Number(fd)) ?? all);
}

async function openDirectory(path: string, { followLink = false }: OpenFolderOptions): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | (followLink ? 0 : constants.O_NOFOLLOW);
  return await open(path, flags);
}
