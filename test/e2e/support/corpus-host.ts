import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  const undo: (() => Promise<void>)[] = [];
  const root = dirname(dirname(driverFolder));
  const made = async (path: string) => {
    await mkdir(dirname(path), { recursive: true });
    undo.push(() => rm(path, { recursive: true, force: true }));
  };
  const configs = join(driverFolder, 'imagedb/content/sha256');

  for (const { recorded, actual } of host.images ? standIns : []) {
    const config = join(configs, hexOf(actual));
    const facts = host.images?.[recorded];
    if (facts === undefined) {
      await rename(config, `${config}.away`);
      undo.push(() => rename(`${config}.away`, config));
    } else if (facts.state !== 'ok') undo.push(await damage(config, facts.state));
    else if (facts.badLayers !== undefined) {
      undo.push(await damage(join(driverFolder, 'layerdb/sha256', await topLayer(config), 'size'), 'empty'));
    }
  }
  for (const { driver, references = 0 } of host.otherStores ?? []) {
    await made(join(root, 'image', driver));
    await mkdir(join(root, 'image', driver));
    const tags = Array.from({ length: references }, (_, n) => [`old:${n}`, `sha256:${'0'.repeat(64)}`]);
    const repositories = references === 0 ? {} : { old: Object.fromEntries(tags) };
    await writeFile(
      join(root, 'image', driver, 'repositories.json'),
      JSON.stringify({ Repositories: repositories }),
    );
  }
  for (const { id, name, image, imageId } of host.containers ?? []) {
    const actual = standIns.find(({ recorded }) => recorded === imageId)?.actual ?? imageId;
    const typed = standIns.reduce((text, one) => text.replace(one.recorded, one.actual), image);
    const folder = join(root, 'containers', id);
    await made(folder);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'config.v2.json'),
      JSON.stringify({
        ID: id,
        Name: `/${name}`,
        Created: '2024-01-01T00:00:00Z',
        Driver: driverFolder.slice(driverFolder.lastIndexOf('/') + 1),
        OS: 'linux',
        Image: actual,
        Config: { Image: typed, Hostname: name },
        State: {},
        NetworkSettings: { Networks: {} },
      }),
    );
  }
  for (const { path } of host.problems ?? []) {
    const inRoot = join(
      root,
      path.replace('/var/lib/docker', '').replace('image/overlay2', imageFolder(driverFolder)),
    );
    await made(inRoot);
    await symlink('/etc/hostname', inRoot);
  }
  return async () => {
    for (const back of undo.reverse()) await back();
  };
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

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

function imageFolder(driverFolder: string): string {
  return `image/${driverFolder.slice(driverFolder.lastIndexOf('/') + 1)}`;
}
