import { hasImage } from '../../dataroot/has-image.ts';
import type { StoreLocation } from '../../dataroot/stores.ts';
import { RefstoreError } from '../../errors.ts';
import { isImageId } from '../../reference/digest.ts';
import { ReferenceNotFoundError } from '../../repositories/reference-errors.ts';
import type { Repositories } from '../../repositories/repositories.ts';

const hexPrefix = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/**
 * The image that a user means, in the daemon's order: a whole ID, a reference, the beginning of an ID (here only
 * of those that the store names).
 * @throws RefstoreError REFERENCE_NOT_FOUND, REFERENCE_CONFLICT when a beginning fits several, INVALID_REFERENCE
 */
export function resolveImage(repositories: Repositories, text: string): string {
  if (isImageId(text)) return text;
  if (isImageId(`sha256:${text}`)) return `sha256:${text}`;
  const prefix = hexPrefix.exec(text)?.[1];
  if (prefix === undefined) return repositories.get(text);
  const named = text.startsWith('sha256:') ? undefined : repositories.find(text);
  if (named !== undefined) return named;
  const ids = new Set<string>();
  for (const { imageId } of repositories.entries()) {
    if (imageId.startsWith(`sha256:${prefix}`)) ids.add(imageId);
  }
  const [only, ...others] = ids;
  if (only === undefined) throw new ReferenceNotFoundError(text);
  if (others.length === 0) return only;
  throw new RefstoreError('REFERENCE_CONFLICT', `${text} is the beginning of ${ids.size} image IDs`, {
    hint: 'give more of it',
    details: { prefix: text, imageIds: [...ids] },
  });
}

/**
 * A name for an image that is not there is listed nowhere and removed by nothing: it is refused.
 * @throws RefstoreError REFERENCE_NOT_FOUND
 */
export function requireImage(imageId: string, location: StoreLocation): void {
  if (hasImage(imageId, location) !== false) return;
  throw new RefstoreError('REFERENCE_NOT_FOUND', `there is no image ${imageId} in ${location.dataRoot}`, {
    hint: 'the daemon could not find it by the new name either; load the image first',
    details: { imageId, dataRoot: location.dataRoot },
  });
}
