import { join } from 'node:path';
import { Folder } from '../system/folder.ts';
import type { Problem } from '../system/problems.ts';

/** Where a graph driver keeps the folder of each layer, named by its cache ID; of other drivers nothing is said. */
const layerFolders: Readonly<Record<string, readonly string[]>> = {
  overlay2: ['overlay2'], // moby v28.5.2 daemon/graphdriver/overlay2/overlay.go, dir
  'fuse-overlayfs': ['fuse-overlayfs'], // moby v28.5.2 daemon/graphdriver/fuse-overlayfs/fuseoverlayfs.go, dir
  vfs: ['vfs', 'dir'], // moby v28.5.2 daemon/graphdriver/vfs/driver.go, dir
};

/** overlay2 mounts the short name in `link`, and `diff` (moby v28.5.2 daemon/graphdriver/overlay2/overlay.go, Get). */
const driversWithLinks: ReadonlySet<string> = new Set(['overlay2', 'fuse-overlayfs']);
const linkLimit = 4096;

/**
 * The folders in which a graph driver keeps the files of the layers (paths as in moby v28.5.2). The daemon does not
 * look at them when it starts: an image whose layer has no folder is listed, a pull of it says that it is up to date,
 * and no container starts from it.
 */
export class GraphDriver {
  /** Why nothing is known of the layers' folders; undefined where it is, or where the driver has none. */
  readonly unread: Problem | undefined;
  readonly #folder: Folder | undefined;
  readonly #names: ReadonlySet<string> | undefined;
  readonly #hasLinks: boolean;

  /** @param isThorough look into each layer's folder too */
  constructor(root: Folder, driver: string, isThorough: boolean) {
    this.#hasLinks = isThorough && driversWithLinks.has(driver);
    const names = Object.hasOwn(layerFolders, driver) ? layerFolders[driver] : undefined;
    if (names === undefined) return;
    const folder = root.folder(...names);
    const path = join(root.path, ...names);
    if (!(folder instanceof Folder)) {
      this.unread = { path, reason: folder.reason };
      return;
    }
    const listing = folder.list();
    const found = new Set<string>();
    for (const { name, kind } of listing) if (kind === 'folder') found.add(name);
    if (listing.problem !== undefined) {
      this.unread = { path, reason: listing.problem.reason };
      return;
    }
    this.#folder = folder;
    this.#names = found;
  }

  /** What of a layer's files is not there: a path, or undefined where all is there that was looked for. */
  missing(cacheId: string): string | undefined {
    if (this.#names === undefined || this.#folder === undefined) return undefined;
    const { path } = this.#folder;
    if (!this.#names.has(cacheId)) return join(path, cacheId);
    if (!this.#hasLinks) return undefined;
    const link = this.#folder.read(`${cacheId}/link`, linkLimit);
    if ('problem' in link || link.length === 0) return join(path, cacheId, 'link');
    return this.#folder.folder(cacheId, 'diff') instanceof Folder ? undefined : join(path, cacheId, 'diff');
  }
}
