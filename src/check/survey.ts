import type { ImageFacts } from '../facts/facts.ts';
import { isImageId } from '../reference/digest.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { EntryReader, readEntry, type StoredEntry } from './stored-entry.ts';

/** What one pass over all entries tells: those about which there is something to say, in the order of the file. */
export interface Survey {
  /** The daemon does not resolve them, by their keys and buckets alone. */
  readonly malformed: readonly StoredEntry[];
  /** Their image ID is invalid, or its image is not in the data root. */
  readonly unresolvable: readonly StoredEntry[];
  /** IDs of the images that have no tag, valid or malformed. */
  readonly untagged: ReadonlySet<string>;
}

/**
 * Keeps nothing of a valid entry whose image exists: nearly all entries are such.
 * @param images by their IDs; undefined where no data root says anything
 */
export function surveyEntries(
  repositories: Repositories,
  images: ReadonlyMap<string, ImageFacts> | undefined,
): Survey {
  const malformed: StoredEntry[] = [];
  const unresolvable: StoredEntry[] = [];
  const untagged = new Set(images?.keys());
  const reader = new EntryReader();
  let known: string | undefined;
  for (const { name: repository, keys, ids } of repositories.buckets()) {
    for (let i = 0; i < keys.length; i++) {
      const reference = keys[i] as string;
      const imageId = ids[i] as string;
      const suffix = reader.suffixOf(repository, reference);
      // What was among them is there, and so is what the entry before was at: one look for most images.
      const isFirstTag = suffix === 'tag' && untagged.delete(imageId);
      const isThere =
        isFirstTag || imageId === known || (images === undefined ? isImageId(imageId) : images.has(imageId));
      if (isThere) known = imageId;
      if (suffix !== undefined && isThere) continue;
      const read = readEntry({ repository, reference, imageId });
      if (read.form !== 'valid') malformed.push(read);
      if (!isThere) unresolvable.push(read);
      if (read.parsed?.tag !== undefined) untagged.delete(imageId);
    }
  }
  return { malformed, unresolvable, untagged };
}
