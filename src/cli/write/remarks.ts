import type { StoreLocation } from '../../dataroot/stores.ts';
import { RefstoreError } from '../../errors.ts';
import { isImageId } from '../../reference/digest.ts';
import type { Change } from '../../repositories/change.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { hasImage } from './image.ts';

/**
 * A digest at an image that is not there cannot be mended by anything in Docker: no pull overwrites it, no rmi
 * removes it.
 * @throws RefstoreError UNPROVEN_DIGEST that lists them
 */
export function refuseGhostDigests(changes: readonly Change[], location: StoreLocation): void {
  const ghosts = ghostsIn(changes, location).filter(({ reference }) => reference.includes('@'));
  const [first] = ghosts;
  if (first === undefined) return;
  const more = ghosts.length > 1 ? ` (and ${ghosts.length - 1} more)` : '';
  throw new RefstoreError(
    'UNPROVEN_DIGEST',
    `${first.reference} would be a digest of an image that is not in ${location.dataRoot}: ${first.image}${more}`,
    {
      hint: 'nothing was changed; load the image first: a digest at a missing image blocks every later pull of it',
      details: { ghosts },
    },
  );
}

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

function ghostsIn(changes: readonly Change[], location: StoreLocation) {
  const missing = new Map<string, boolean>();
  return changes.flatMap((change) => {
    if (change.op === 'remove') return [];
    const { reference, image } = change;
    if (!missing.has(image)) missing.set(image, hasImage(image, location) === false);
    return missing.get(image) === true ? [{ reference, image }] : [];
  });
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
