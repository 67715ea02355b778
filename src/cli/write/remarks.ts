import { hasImage } from '../../dataroot/has-image.ts';
import type { StoreLocation } from '../../dataroot/stores.ts';
import { isImageId } from '../../reference/digest.ts';
import type { Change } from '../../repositories/change.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { ghostsIn } from '../../store/ghosts.ts';

/** What the changes mean for what they do not name, a sentence each. */
export function remarksOn(
  changes: readonly Change[],
  after: Repositories | undefined,
  location: StoreLocation,
): string[] {
  return [
    ...ghostsIn(changes, location).map(
      ({ reference, image }) =>
        `${reference} will not be found by Docker: there is no image ${image} in ${location.dataRoot}`,
    ),
    ...(after === undefined ? [] : leftBehind(changes, after, location)),
  ];
}

/** Images that lose their last tag: a prune removes them, digests or not. */
function leftBehind(changes: readonly Change[], after: Repositories, location: StoreLocation): string[] {
  const names = new Map<string, { tags: number; digests: number }>();
  for (const change of changes) {
    if (change.op !== 'add') names.set(change.from, { tags: 0, digests: 0 });
  }
  // Nothing can be pruned that is not there; an ID that is none is of no image.
  for (const imageId of names.keys()) {
    if (!isImageId(imageId) || hasImage(imageId, location) === false) names.delete(imageId);
  }
  if (names.size === 0) return [];
  for (const { reference, imageId } of after.entries()) {
    const count = names.get(imageId);
    if (count === undefined) continue;
    if (reference.includes('@')) count.digests++;
    else count.tags++;
  }
  return [...names].flatMap(([imageId, { tags, digests }]) => {
    if (tags > 0) return [];
    const left = digests > 0 ? 'keeps no tag, only digests' : 'keeps no name';
    return [`image ${imageId} ${left}: docker image prune would remove it, unless a container uses it`];
  });
}
