import { join } from 'node:path';
import type { ContainerFacts } from '../facts/facts.ts';
import { Folder } from '../system/folder.ts';
import type { Problems } from '../system/problems.ts';
import { fieldsField, isFields, parseJson, stringField } from '../util/json.ts';
import type { ProgressTracker } from '../util/progress.ts';

const hexName = /^[a-f0-9]{64}$/;
const configLimit = 4 << 20;

export interface Container extends ContainerFacts {
  /** When it was created, as the daemon wrote it (RFC 3339); undefined where it did not. */
  readonly created: string | undefined;
}

export interface ContainersOptions {
  readonly tracker: ProgressTracker;
  readonly problems: Problems;
}

/**
 * containers/<id>/config.v2.json of the containers that the daemon loads with this graph driver: it passes over
 * those of another one (moby v28.5.2 daemon/daemon.go, restore).
 * @param driver undefined where it is not known: those of all drivers
 * @throws RefstoreError ABORTED
 */
export async function readContainers(
  root: Folder,
  driver: string | undefined,
  { tracker, problems }: ContainersOptions,
): Promise<Container[]> {
  const folder = root.folder('containers');
  if (!(folder instanceof Folder)) {
    if (folder.problem !== 'missing') problems.add(join(root.path, 'containers'), folder);
    return [];
  }
  const ids: string[] = [];
  const listing = folder.list();
  for (const { name, kind } of listing) {
    if (!hexName.test(name)) continue;
    if (kind === 'folder') ids.push(name);
    else problems.add(join(folder.path, name), { reason: 'it is not a folder' });
  }
  if (listing.problem !== undefined) problems.add(folder.path, listing.problem);

  tracker.expect(ids.length);
  const containers: Container[] = [];
  for (const id of ids) {
    const container = readContainer(folder, id, driver, problems);
    if (container !== undefined) containers.push(container);
    const rest = tracker.step();
    if (rest !== undefined) await rest;
  }
  return containers;
}

function readContainer(
  folder: Folder,
  id: string,
  driver: string | undefined,
  problems: Problems,
): Container | undefined {
  const file = `${id}/config.v2.json`;
  const bytes = folder.read(file, configLimit);
  const config = 'problem' in bytes ? bytes : parseJson(bytes);
  if ('problem' in config) {
    problems.add(join(folder.path, file), config);
    return undefined;
  }
  if (!isFields(config.value)) {
    problems.add(join(folder.path, file), { reason: 'it does not hold a JSON object' });
    return undefined;
  }
  const fields = config.value;
  const own = stringField(fields, 'Driver');
  if (own !== undefined && driver !== undefined && own !== driver) return undefined;
  const state = fieldsField(fields, 'State');
  return {
    id,
    name: (stringField(fields, 'Name') ?? '').replace(/^\//, ''),
    image: stringField(fieldsField(fields, 'Config') ?? {}, 'Image') ?? '',
    imageId: stringField(fields, 'Image') ?? '',
    running: state?.['Running'] === true,
    created: stringField(fields, 'Created'),
  };
}
