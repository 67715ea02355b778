import { hash } from 'node:crypto';
import { repairBase } from '../../check/repair/base.ts';
import { Folder } from '../../dataroot/folder.ts';
import { configLimit } from '../../dataroot/image-config.ts';
import { Pace } from '../../dataroot/pace.ts';
import { readRegularFile } from '../../dataroot/regular-file.ts';
import { isImageId } from '../../reference/digest.ts';
import { largestFile } from '../../repositories/parse.ts';
import { Repositories } from '../../repositories/repositories.ts';
import type { SourceContext } from '../claim-source.ts';
import type { Here } from './here.ts';
import { platformOfConfig } from './platform.ts';

/**
 * The images and names of a store. Of a file by itself, the images are those that it names.
 * @throws RefstoreError READ_FAILED, LIMIT_EXCEEDED, NOT_A_REGULAR_FILE, ABORTED
 */
export async function readHere({
  location: { dataRoot, driver, file },
  signal,
}: Pick<SourceContext, 'location' | 'signal'>): Promise<Here> {
  const stored = await readRegularFile(file, { limit: largestFile, followLink: true });
  const repositories = stored === undefined ? Repositories.empty : repairBase(stored.bytes);
  if (dataRoot === undefined || driver === undefined) {
    const named = Array.from(repositories.entries(), ({ imageId }) => imageId).filter(isImageId);
    return { images: new Map(named.map((imageId) => [imageId, undefined])), repositories };
  }
  return { images: await imagesIn(Folder.open(dataRoot), driver, new Pace({ signal })), repositories };
}

/** Those that the daemon takes: their config hashes to their name (moby v28.5.2 image/fs.go, get). */
async function imagesIn(root: Folder, driver: string, pace: Pace): Promise<Map<string, string | undefined>> {
  const images = new Map<string, string | undefined>();
  const configs = root.folder('image', driver, 'imagedb', 'content', 'sha256');
  if (!(configs instanceof Folder)) return images;
  for (const { name, kind } of configs.list()) {
    const config = kind === 'file' && isImageId(`sha256:${name}`) && configs.readListed(name, configLimit);
    if (config && !('problem' in config) && hash('sha256', config) === name) {
      images.set(`sha256:${name}`, platformOfConfig(config));
    }
    const rest = pace.breathe();
    if (rest !== undefined) await rest;
  }
  return images;
}
