import { isImageId } from '../reference/digest.ts';
import { Folder } from '../system/folder.ts';
import type { StoreLocation } from './stores.ts';

/** Whether the data root holds the config of an image; undefined where that cannot be told. */
export function hasImage(imageId: string, location: StoreLocation): boolean | undefined {
  const configs = isImageId(imageId) ? configsOf(location) : undefined;
  if (configs === undefined) return undefined;
  const size = configs.sizeOf(imageId.slice('sha256:'.length));
  return typeof size === 'number' ? size > 0 : size.problem === 'missing' ? false : undefined;
}

const idBeginning = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/** The images that the data root has whose ID begins so: `4d87d2244e11`, `sha256:4d87…`. */
export function imagesBeginningWith(text: string, location: StoreLocation): string[] {
  const prefix = idBeginning.exec(text)?.[1];
  const configs = prefix === undefined ? undefined : configsOf(location);
  if (prefix === undefined || configs === undefined) return [];
  const names = [...configs.list()].map(({ name }) => name);
  return names
    .filter((name) => /^[0-9a-f]{64}$/.test(name) && name.startsWith(prefix))
    .map((name) => `sha256:${name}`);
}

/** How many images the data root holds the configs of; 0 where that cannot be told. */
export function countImages(location: StoreLocation): number {
  const configs = configsOf(location);
  return configs === undefined
    ? 0
    : [...configs.list()].filter(({ name }) => /^[0-9a-f]{64}$/.test(name)).length;
}

function configsOf({ dataRoot, driver }: StoreLocation): Folder | undefined {
  if (dataRoot === undefined || driver === undefined) return undefined;
  const root = Folder.tryOpen(dataRoot);
  const configs =
    root instanceof Folder ? root.folder('image', driver, 'imagedb', 'content', 'sha256') : root;
  return configs instanceof Folder ? configs : undefined;
}
