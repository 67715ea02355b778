import { Folder } from '../../system/folder.ts';
import type { ReadFailure } from '../../util/read-failure.ts';

/** The small files of an image layout, in a folder or an archive. */
export interface SmallFiles {
  /** The folder, or the archive's file. */
  readonly place: string;
  /** A file of at most 4 MiB, by its name with slashes. What is no small regular file comes back as an Unread. */
  read(name: string): Buffer | ReadFailure;
}

/** Whole manifests, configs and their lists; what is larger is a layer. */
export const smallFileLimit = 4 << 20;

/** Of a folder: links that lead out of it are not followed, nothing but regular files is opened. */
export class FolderFiles implements SmallFiles {
  readonly place: string;
  readonly #root: Folder;
  readonly #folders = new Map<string, Folder | ReadFailure>();

  /** @throws RefstoreError READ_FAILED when the folder is not there or cannot be read */
  constructor(path: string) {
    this.#root = Folder.open(path);
    this.place = path;
  }

  read(name: string): Buffer | ReadFailure {
    const parts = name.split('/');
    const file = parts.pop() ?? '';
    const folder = this.#folder(parts);
    return folder instanceof Folder ? folder.read(file, smallFileLimit) : folder;
  }

  #folder(parts: readonly string[]): Folder | ReadFailure {
    const path = parts.join('/');
    const folder = this.#folders.get(path) ?? (parts.length === 0 ? this.#root : this.#root.folder(...parts));
    this.#folders.set(path, folder);
    return folder;
  }
}
