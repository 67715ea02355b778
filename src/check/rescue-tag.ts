/** The repository that is reserved for images whose names are lost: a tag in it keeps an image from every prune. */
export const rescueRepository = 'refstore-rescued';

/** Hex digits of the image ID, as docker shows it. */
const shortLength = 12;

/**
 * The tag that keeps a nameless image. It says nothing of what the image is.
 * @param isTaken whether a tag is another image's: then the whole ID tells the two apart
 */
export function rescueTag(imageId: string, isTaken: (tag: string) => boolean = () => false): string {
  const hex = imageId.slice('sha256:'.length);
  const short = `${rescueRepository}:${hex.slice(0, shortLength)}`;
  return isTaken(short) ? `${rescueRepository}:${hex}` : short;
}
