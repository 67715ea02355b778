import { type Entry, Repositories } from '../../repositories/repositories.ts';
import type { CheckContext } from '../check-context.ts';
import { rescueRepository, rescueTag } from '../rescue-tag.ts';
import { prunableImages } from './loss.ts';

/**
 * A tag for each image that would be left without a name, or that a prune would delete with the digests it has.
 * @param context the file as it will be without them
 */
export function rescueEntries(context: CheckContext): Entry[] {
  const prunable = new Set(prunableImages(context));
  const images = context.untaggedImages.filter(
    (imageId) => prunable.has(imageId) || context.namesOf(imageId).length === 0,
  );
  const taken = new Set<string>();
  const isTaken = (tag: string) => taken.has(tag) || context.base.entry(rescueRepository, tag) !== undefined;
  return images.map((imageId) => {
    const reference = rescueTag(imageId, isTaken);
    taken.add(reference);
    return { repository: rescueRepository, reference, imageId };
  });
}

export function withEntries(repositories: Repositories, entries: readonly Entry[]): Repositories {
  return Repositories.fromEntries([...repositories.entries(), ...entries]);
}
