import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CorpusCase } from '../../support/corpus.ts';

type Host = NonNullable<CorpusCase['host']>;

/** An image of fixtures/corpus/host.json, and the one that stands for it in the data root. */
export interface StandIn {
  readonly recorded: string;
  readonly actual: string;
}

/** Whether a case tells of its host, and only what can be laid out: not of a daemon's memory, not of other images. */
export function canBeLaidOut(host: Host, standIns: readonly StandIn[]): boolean {
  const parts = Object.keys(host);
  const isKnown = (imageId: string) => standIns.some(({ recorded }) => recorded === imageId);
  return (
    parts.length > 0 &&
    parts.every((part) => ['images', 'containers', 'otherStores', 'problems'].includes(part)) &&
    host.images !== null &&
    Object.keys(host.images ?? {}).every(isKnown)
  );
}

/**
 * Makes a data root, whose daemon is stopped, into the host of a case.
 * @param driverFolder `<data root>/image/<driver>`
 * @returns what takes it back
 */
export async function layOutHost(
  driverFolder: string,
  host: Host,
  standIns: readonly StandIn[],
): Promise<() => Promise<void>> {
  const undo: Undo[] = [];
  const revertChange = async () => {
    for (const back of undo.splice(0).reverse()) await back();
  };
  try {
    if (host.images) await layOutImages(driverFolder, host.images, standIns, undo);
    for (const store of host.otherStores ?? []) await addStore(dirname(driverFolder), store, undo);
    for (const container of host.containers ?? [])
      await addContainer(driverFolder, container, standIns, undo);
    for (const { path } of host.problems ?? []) await addLink(driverFolder, path, undo);
  } catch (error) {
    await revertChange();
    throw error;
  }
  return revertChange;
}

type Undo = () => Promise<void>;

async function layOutImages(
  driverFolder: string,
  images: NonNullable<Host['images']>,
  standIns: readonly StandIn[],
  undo: Undo[],
): Promise<void> {
  for (const { recorded, actual } of standIns) {
    const config = join(driverFolder, 'imagedb/content/sha256', hexOf(actual));
    const facts = images[recorded];
    if (facts === undefined) {
      await rename(config, `${config}.away`);
      undo.push(() => rename(`${config}.away`, config));
    } else if (facts.state !== 'ok') undo.push(await damage(config, facts.state));
    else if (facts.badLayers !== undefined) {
      undo.push(await damage(join(driverFolder, 'layerdb/sha256', await topLayer(config), 'size'), 'empty'));
    } else if (facts.missingData !== undefined) {
      const data = await layerData(driverFolder, await topLayer(config));
      await rename(data, `${data}.away`);
      undo.push(() => rename(`${data}.away`, data));
    }
  }
}

async function addStore(
  images: string,
  { driver, references = 0 }: NonNullable<Host['otherStores']>[number],
  undo: Undo[],
): Promise<void> {
  const folder = join(images, driver);
  await addFolder(folder, undo);
  const tags = Array.from({ length: references }, (_, n) => [`old:${n}`, `sha256:${'0'.repeat(64)}`]);
  const repositories = references === 0 ? {} : { old: Object.fromEntries(tags) };
  await writeFile(join(folder, 'repositories.json'), JSON.stringify({ Repositories: repositories }));
}

/** As a daemon leaves one that is stopped. */
async function addContainer(
  driverFolder: string,
  { id, name, image, imageId }: NonNullable<Host['containers']>[number],
  standIns: readonly StandIn[],
  undo: Undo[],
): Promise<void> {
  const folder = join(dataRootOf(driverFolder), 'containers', id);
  await addFolder(folder, undo);
  const config = {
    ID: id,
    Name: `/${name}`,
    Created: '2024-01-01T00:00:00Z',
    Driver: basename(driverFolder),
    OS: 'linux',
    Image: standIns.find(({ recorded }) => recorded === imageId)?.actual ?? imageId,
    Config: { Image: standIns.reduce((text, one) => text.replace(one.recorded, one.actual), image) },
    State: {},
    NetworkSettings: { Networks: {} },
  };
  await writeFile(join(folder, 'config.v2.json'), JSON.stringify(config));
}

/** In the place of what could not be read. */
async function addLink(driverFolder: string, path: string, undo: Undo[]): Promise<void> {
  const local = path
    .replace('/var/lib/docker', dataRootOf(driverFolder))
    .replace('image/overlay2', `image/${basename(driverFolder)}`);
  await symlink('/etc/hostname', local);
  undo.push(() => rm(local));
}

async function addFolder(folder: string, undo: Undo[]): Promise<void> {
  await mkdir(folder);
  undo.push(() => rm(folder, { recursive: true, force: true }));
}

function dataRootOf(driverFolder: string): string {
  return dirname(dirname(driverFolder));
}

async function damage(file: string, state: string): Promise<() => Promise<void>> {
  const before = await readFile(file);
  switch (state) {
    case 'empty':
      await writeFile(file, '');
      break;
    case 'hash-mismatch':
      await writeFile(file, Buffer.concat([before, Buffer.from(' ')]));
      break;
    default:
      throw new Error(`no way is known to make a file ${state}`);
  }
  return () => writeFile(file, before);
}

/** The images of these tests have one layer, whose chain ID is its diff ID. */
async function topLayer(config: string): Promise<string> {
  const { rootfs } = JSON.parse(await readFile(config, 'utf8')) as { rootfs: { diff_ids: string[] } };
  const [only, ...others] = rootfs.diff_ids;
  if (only === undefined || others.length > 0) throw new Error(`${config}: one layer was expected`);
  return hexOf(only);
}

/** Where the graph driver keeps the files of a layer. */
async function layerData(driverFolder: string, chainId: string): Promise<string> {
  const cacheId = await readFile(join(driverFolder, 'layerdb/sha256', chainId, 'cache-id'), 'utf8');
  const driver = basename(driverFolder);
  const folder = join(dataRootOf(driverFolder), driver);
  return driver === 'vfs' ? join(folder, 'dir', cacheId) : join(folder, cacheId);
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
