import type { OtherStoreFacts } from '../facts/facts.ts';
import { parseRepositories } from '../repositories/parse.ts';
import { Folder } from '../system/folder.ts';

const fileName = 'repositories.json';
/** Half a million references; a larger one is told by its size alone. */
const fileLimit = 64 << 20;

/** The stores of other graph drivers in a data root. Only the one of the driver in use is read by the daemon. */
export function readOtherStores(root: Folder, driver: string): OtherStoreFacts[] {
  const images = root.folder('image');
  if (!(images instanceof Folder)) return [];
  const drivers = [...images.list()].filter(({ kind, name }) => kind === 'folder' && name !== driver);
  return drivers
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => {
      const folder = images.folder(name);
      return folder instanceof Folder ? factsOf(name, folder) : [];
    });
}

function factsOf(driver: string, folder: Folder): OtherStoreFacts {
  const size = folder.sizeOf(fileName);
  const references = referencesIn(folder);
  return {
    driver,
    file: `${folder.path}/${fileName}`,
    ...(typeof size === 'number' ? { size } : {}),
    ...(references === undefined ? {} : { references }),
    images: imagesIn(folder),
  };
}

function referencesIn(folder: Folder): number | undefined {
  const bytes = folder.read(fileName, fileLimit);
  if ('problem' in bytes) return undefined;
  try {
    return parseRepositories(bytes).size;
  } catch {
    // What is wrong with another driver's file is for a check of that store.
    return undefined;
  }
}

function imagesIn(driver: Folder): number {
  const configs = driver.folder('imagedb', 'content', 'sha256');
  return configs instanceof Folder ? [...configs.list()].length : 0;
}
