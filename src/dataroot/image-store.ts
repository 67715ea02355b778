import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RefstoreError } from '../errors.ts';
import type { DaemonConfig } from './daemon-config.ts';
import { configuredOne, type Installation } from './installations.ts';
import { isFolder, isSameFolder } from './stores.ts';

/** Which image store the daemon of a data root will use; `kind` is undefined where that cannot be told for sure. */
export interface DecidedImageStore {
  readonly kind: 'graphdriver' | 'containerd' | undefined;
  /** A clause: what decides it, or what is missing to know. */
  readonly why: string;
}

/** The graph drivers of any version; other names are those of containerd's snapshotters. */
const graphDrivers = new Set([
  'aufs',
  'btrfs',
  'devicemapper',
  'fuse-overlayfs',
  'overlay',
  'overlay2',
  'vfs',
  'zfs',
]);
/** Folders of the builder of a daemon that works with the containerd image store, one for each snapshotter. */
const builderFolder = /^containerd-/;
const remappedName = /^\d+\.\d+$/;

/**
 * Decides as dockerd does, for a data root whose daemon cannot be asked: features.containerd-snapshotter, then the
 * folder that a graph driver left, then storage-driver (moby docker-v29.0.0 daemon/image_store_choice.go; until 28
 * the feature alone decides, and 20.10 ignores it). What differs by version counts only where the data root shows
 * that such a version has worked there. Flags count where the installation's service tells them; its DOCKER_DRIVER is
 * not seen.
 * @throws RefstoreError READ_FAILED when the data root cannot be looked into
 */
export async function decideImageStore(
  dataRoot: string,
  installations: readonly Installation[],
): Promise<DecidedImageStore> {
  const found = await configFor(dataRoot, installations);
  if (found === undefined) return unknown('no daemon answers, and no daemon.json says it');
  if ('problem' in found) return unknown(found.problem);
  const { config } = found;
  if (config?.containerdSnapshotter === undefined) return await byWhatIsThere(dataRoot, config);
  const says = `${config.file} sets features.containerd-snapshotter to ${config.containerdSnapshotter}`;
  if (!config.containerdSnapshotter) return { kind: 'graphdriver', why: says };
  if (!(await hasServedContainerd(dataRoot))) {
    return unknown(
      `${says}, which Docker 20.10 ignores, and nothing in ${dataRoot} shows that a newer one worked there`,
    );
  }
  return { kind: 'containerd', why: `${says}, and a daemon has worked so in ${dataRoot}` };
}

async function byWhatIsThere(dataRoot: string, config: DaemonConfig | undefined): Promise<DecidedImageStore> {
  const prior = await priorDriver(dataRoot);
  if (prior !== undefined) {
    return {
      kind: 'graphdriver',
      why: `nothing asks for the containerd image store, and ${dataRoot} holds what the graph driver ${prior} left`,
    };
  }
  const { storageDriver } = config ?? {};
  if (storageDriver !== undefined) {
    const kind = graphDrivers.has(storageDriver) ? 'graphdriver' : 'containerd';
    return { kind, why: `${config?.file} sets storage-driver to ${storageDriver}` };
  }
  if ((await hasServedContainerd(dataRoot)) && !isFolder(join(dataRoot, 'image'))) {
    return {
      kind: 'containerd',
      why: `only daemons with the containerd image store have worked in ${dataRoot}`,
    };
  }
  return unknown(
    `no graph driver has left anything in ${dataRoot}: Docker 29 and newer use the containerd image store then, older ones a graph driver`,
  );
}

/** The configuration of the daemon of a data root: undefined where none of the installations is the one. */
async function configFor(
  dataRoot: string,
  installations: readonly Installation[],
): Promise<{ readonly config: DaemonConfig | undefined } | { readonly problem: string } | undefined> {
  for (const installation of installations) {
    const { dataRoot: usual } = installation;
    try {
      const { config, problem, dataRoot: root } = await configuredOne(installation);
      if (problem !== undefined) throw problem;
      if (isSameFolder(root, dataRoot)) return { config };
      if (config?.usernsRemap === undefined || !remappedName.test(basename(dataRoot))) continue;
      if (isSameFolder(root, dirname(dataRoot))) return { config };
    } catch (error) {
      if (!(error instanceof RefstoreError)) throw error;
      if (isSameFolder(usual, dataRoot)) return { problem: error.message };
    }
  }
  return undefined;
}

/** A graph driver whose folder is not empty. What vfs left does not count (graphdriver, scanPriorDrivers). */
async function priorDriver(dataRoot: string): Promise<string | undefined> {
  for (const driver of graphDrivers) {
    if (driver !== 'vfs' && (await namesIn(join(dataRoot, driver))).length > 0) return driver;
  }
  return undefined;
}

async function hasServedContainerd(dataRoot: string): Promise<boolean> {
  return (await namesIn(join(dataRoot, 'buildkit'))).some((name) => builderFolder.test(name));
}

/** Names in a folder; none where there is no such folder, or it may not be looked into. */
async function namesIn(path: string): Promise<string[]> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ? await readdir(path).catch(() => []) : [];
}

function unknown(why: string): DecidedImageStore {
  return { kind: undefined, why };
}
