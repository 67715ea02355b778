import type { Engine } from '../engine/engine.ts';

/**
 * Takes a name away from an image, and never the last one: the daemon would delete the image with it. Forced, as the
 * daemon counts a tag and a digest of one repository as one name, and refuses for images of containers to remove
 * either (moby v28.5.2 daemon/images/image_delete.go, isSingleReference).
 * @returns false where it is the last name; true also where the image does not have the name
 */
export async function removeName(engine: Engine, reference: string, imageId: string): Promise<boolean> {
  const image = await engine.inspectImage(reference);
  const names = image === undefined ? [] : [...image.tags, ...image.digests];
  if (image?.id !== imageId || !names.includes(reference)) return true;
  if (names.length === 1) return false;
  await engine.removeImage(reference, { force: true });
  return true;
}
