import { hash } from 'node:crypto';
import { repairBase } from '../../check/repair/base.ts';
import { configLimit } from '../../dataroot/image-config.ts';
import { platformOfConfig } from '../../oci/platform.ts';
import { isImageId } from '../../reference/digest.ts';
import { maxFileSize } from '../../repositories/parse.ts';
import { Repositories } from '../../repositories/repositories.ts';
import { Folder } from '../../system/folder.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import { ProgressTracker } from '../../util/progress.ts';
import type { SourceContext } from '../claim-source.ts';
import type { LocalImages } from './local-images.ts';

/**
 * The images and names of a store. Of a file by itself, the images are those that it names.
 * @throws RefstoreError READ_FAILED, LIMIT_EXCEEDED, NOT_A_REGULAR_FILE, ABORTED
 */
export async function readLocalImages({
  location: { dataRoot, driver, file },
  signal,
}: Pick<SourceContext, 'location' | 'signal'>): Promise<LocalImages> {
  const stored = await readRegularFile(file, { limit: maxFileSize, followLink: true });
  const repositories = stored === undefined ? Repositories.empty : repairBase(stored.bytes);
  if (dataRoot === undefined || driver === undefined) {
    const named = Array.from(repositories.entries(), ({ imageId }) => imageId).filter(isImageId);
    return { images: new Map(named.map((imageId) => [imageId, undefined])), repositories };
  }
  return {
    images: await imagesIn(Folder.open(dataRoot), driver, new ProgressTracker({ signal })),
    repositories,
  };
}

/** Those that the daemon takes: their config hashes to their name (moby v28.5.2 image/fs.go, get). */
async function imagesIn(
  root: Folder,
  driver: string,
  tracker: ProgressTracker,
): Promise<Map<string, string | undefined>> {
  const images = new Map<string, string | undefined>();
  const configs = root.folder('image', driver, 'imagedb', 'content', 'sha256');
  if (!(configs instanceof Folder)) return images;
  for (const { name, kind } of configs.list()) {
    const config = kind === 'file' && isImageId(`sha256:${name}`) && configs.readListed(name, configLimit);
    if (config && !('problem' in config) && hash('sha256', config) === name) {
      images.set(`sha256:${name}`, platformOfConfig(config));
    }
    const rest = tracker.yieldToEventLoop();
    if (rest !== undefined) await rest;
  }
  return images;
}
