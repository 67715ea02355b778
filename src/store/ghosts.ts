import { hasImage } from '../dataroot/has-image.ts';
import type { StoreLocation } from '../dataroot/stores.ts';
import { RefstoreError } from '../errors.ts';
import type { Change } from '../repositories/change.ts';

/** A name of an image that is not in the data root. */
export interface Ghost {
  readonly reference: string;
  readonly image: string;
}

/** What changes would write at images of which it is known that they are not there; each image is looked for once. */
export function ghostsIn(changes: readonly Change[], location: StoreLocation): Ghost[] {
  const missing = new Map<string, boolean>();
  return changes.flatMap((change) => {
    if (change.op === 'remove') return [];
    const { reference, image } = change;
    if (!missing.has(image)) missing.set(image, hasImage(image, location) === false);
    return missing.get(image) === true ? [{ reference, image }] : [];
  });
}

/**
 * No pull of Docker overwrites a digest at an image that is not there, and no rmi removes it; a tag at one is shown
 * nowhere, and cannot be removed with Docker either.
 * @throws RefstoreError UNPROVEN_DIGEST where a digest is among them, else REFERENCE_NOT_FOUND; both list them
 */
export function refuseGhosts(changes: readonly Change[], location: StoreLocation): void {
  const ghosts = ghostsIn(changes, location);
  const digest = ghosts.find(({ reference }) => reference.includes('@'));
  const first = digest ?? ghosts[0];
  if (first === undefined) return;
  const more = ghosts.length > 1 ? ` (and ${ghosts.length - 1} more)` : '';
  const what = digest === undefined ? 'a tag' : 'a digest';
  throw new RefstoreError(
    digest === undefined ? 'REFERENCE_NOT_FOUND' : 'UNPROVEN_DIGEST',
    `${first.reference} would be ${what} of an image that is not in ${location.dataRoot}: ${first.image}${more}`,
    {
      hint:
        digest === undefined
          ? 'nothing was changed; load the image first: Docker would not find it by this tag'
          : 'nothing was changed; load the image first: a digest at a missing image blocks every later pull of it',
      details: { ghosts },
    },
  );
}
