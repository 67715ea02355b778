import { type Entry, Repositories } from '../../repositories/repositories.ts';
import { rescueRepository, rescueTag } from '../rescue-tag.ts';
import type { Subject } from '../subject.ts';
import { prunableImages } from './loss.ts';

/**
 * A tag for each image that would be left without a name, or that a prune would delete with the digests it has.
 * @param subject the file as it will be without them
 */
export function rescueEntries(subject: Subject): Entry[] {
  const prunable = new Set(prunableImages(subject));
  const images = subject.untaggedImages.filter(
    (imageId) => prunable.has(imageId) || subject.namesOf(imageId).length === 0,
  );
  const taken = new Set<string>();
  const isTaken = (tag: string) => taken.has(tag) || subject.base.entry(rescueRepository, tag) !== undefined;
  return images.map((imageId) => {
    const reference = rescueTag(imageId, isTaken);
    taken.add(reference);
    return { repository: rescueRepository, reference, imageId };
  });
}

export function withEntries(repositories: Repositories, entries: readonly Entry[]): Repositories {
  return Repositories.fromEntries([...repositories.entries(), ...entries]);
}
