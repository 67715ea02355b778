import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from '../system/folder.ts';
import type { Problem } from '../system/problems.ts';
import { kindOf } from '../system/regular-file.ts';

/**
 * Folders that the daemon makes or lists at its start; where something else stands in their place it does not start
 * (moby v28.5.2 daemon/daemon.go, NewDaemon; moby v28.5.2 layer/filestore.go, List; moby v28.5.2 image/fs.go,
 * newFSStore; moby v28.5.2 distribution/metadata/metadata.go, NewFSMetadataStore).
 */
const inDriver = [
  'distribution',
  'imagedb',
  'imagedb/content',
  'imagedb/content/sha256',
  'imagedb/metadata',
  'imagedb/metadata/sha256',
  'layerdb',
  'layerdb/sha256',
  'layerdb/mounts',
];

/** What stands where the daemon needs a folder. A link is one if it leads to one, also out of the data root. */
export function blockedFolders(root: Folder, driver: string): Problem[] {
  const store = join(root.path, 'image', driver);
  const paths = [join(root.path, 'containers'), ...inDriver.map((name) => join(store, name))];
  return paths.flatMap((path) => {
    const kind = kindAt(path);
    return kind === undefined ? [] : [{ path, reason: `it is ${kind}` }];
  });
}

/** Undefined for a folder, for nothing, for a link (which may lead to a folder) and below what is no folder. */
function kindAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.isDirectory() || stat.isSymbolicLink()) return undefined;
    return kindOf(stat);
  } catch {
    return undefined; // below a file (ENOTDIR), or not to be looked at: other readers say so
  }
}
