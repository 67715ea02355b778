import { hash } from 'node:crypto';
import { Folder } from '../system/folder.ts';
import { type ContentOptions, contentBlobs } from './content-store.ts';
import { configLimit } from './image-config.ts';

const imageIdPattern = /^sha256:([a-f0-9]{64})$/;

/**
 * Configs of images, by digest, as far as the data root has them: in the image database of a graph driver, also of one
 * that is not in use any more, or in containerd's content store. Their bytes hash to their digest.
 */
export async function readKeptConfigs(
  dataRoot: Folder,
  digests: Iterable<string>,
  options: Pick<ContentOptions, 'tracker' | 'problems' | 'containerdRoot'>,
): Promise<Map<string, Buffer>> {
  const places = [...imageDatabases(dataRoot), ...contentBlobs(dataRoot, options)];
  const configs = new Map<string, Buffer>();
  for (const digest of new Set(digests)) {
    const name = imageIdPattern.exec(digest)?.[1];
    const config = name === undefined ? undefined : find(name, places);
    if (config !== undefined) configs.set(digest, config);
    const rest = options.tracker.yieldToEventLoop();
    if (rest !== undefined) await rest;
  }
  return configs;
}

function find(name: string, places: readonly Folder[]): Buffer | undefined {
  for (const place of places) {
    const bytes = place.read(name, configLimit);
    if (!('problem' in bytes) && hash('sha256', bytes) === name) return bytes;
  }
  return undefined;
}

function imageDatabases(dataRoot: Folder): Folder[] {
  const drivers = dataRoot.folder('image');
  if (!(drivers instanceof Folder)) return [];
  return [...drivers.list()].flatMap(({ name, kind }) => {
    const configs = kind === 'folder' ? drivers.folder(name, 'imagedb', 'content', 'sha256') : undefined;
    return configs instanceof Folder ? [configs] : [];
  });
}
