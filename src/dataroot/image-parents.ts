import type { ImageFacts } from '../facts/facts.ts';
import { isImageId } from '../reference/digest.ts';
import { Folder } from '../system/folder.ts';
import type { Problems } from '../system/problems.ts';

const textLimit = 4096;

/**
 * image/<driver>/imagedb/metadata/sha256/<id>/parent: the image on which the classic builder built another
 * (moby v28.5.2 image/store.go, SetParent). An image with children is not dangling, so a prune keeps it.
 */
export class ImageParents {
  readonly #metadata: Folder | undefined;
  /** Images that have metadata at all, which saves the others a look. */
  readonly #present = new Set<string>();

  constructor(driver: Folder, problems: Problems) {
    const metadata = driver.folder('imagedb', 'metadata', 'sha256');
    if (metadata instanceof Folder) {
      this.#metadata = metadata;
      const listing = metadata.list();
      for (const { name, kind } of listing) if (kind === 'folder') this.#present.add(name);
      if (listing.problem !== undefined) problems.add(metadata.path, listing.problem);
    } else if (metadata.problem !== 'missing') {
      problems.add(`${driver.path}/imagedb/metadata/sha256`, metadata);
    }
  }

  /** @param name 64 hex digits */
  addTo(name: string, facts: ImageFacts): ImageFacts {
    if (this.#present.size === 0 || !this.#present.has(name)) return facts;
    const bytes = this.#metadata?.read(`${name}/parent`, textLimit);
    if (bytes === undefined || 'problem' in bytes) return facts;
    const parent = bytes.toString('latin1').trim();
    return isImageId(parent) ? { ...facts, parent } : facts;
  }
}
