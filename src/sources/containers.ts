import { type Container, readContainers } from '../dataroot/containers.ts';
import type { Claim } from '../facts/claim.ts';
import { isImageId } from '../reference/digest.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarString, favorDigest } from '../reference/reference.ts';
import { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import { ProgressTracker } from '../util/progress.ts';
import { assertNothing, dataRootOf, type Transport } from './claim-source.ts';

const spec = 'containers:';

/** What containers were created from: the reference that was typed, and the image that it meant then. */
export const containers: Transport = {
  name: 'containers',
  usage: spec,
  summary: 'what containers were created from (config.v2.json in the data root)',
  open(rest) {
    assertNothing('containers', rest);
    return {
      spec,
      async claims(context) {
        const root = Folder.open(dataRootOf(context, spec));
        const { driver } = context.location;
        const problems = new Problems();
        const found = await readContainers(root, driver, { tracker: new ProgressTracker(context), problems });
        return { claims: claimsOfContainers(found), problems: problems.list };
      },
    };
  },
};

/** One claim for each reference at each image, however many containers there are. */
export function claimsOfContainers(found: readonly Container[]): Claim[] {
  const claims = new Map<string, Claim>();
  for (const container of found) {
    const reference = typedReference(container);
    if (reference === undefined) continue;
    const { imageId, name, id, created } = container;
    const detail = `container ${name === '' ? id.slice(0, 12) : name}${created === undefined ? '' : ` of ${created}`}`;
    const key = `${reference} ${imageId}`;
    if (!claims.has(key)) claims.set(key, { reference, imageId, source: spec, proof: 'container', detail });
  }
  return [...claims.values()];
}

/**
 * The reference that was typed, as the daemon looked it up: a digest counts and a tag beside it does not.
 * undefined where an image ID was typed, or the beginning of one.
 */
function typedReference({ image, imageId }: Container): string | undefined {
  if (!isImageId(imageId) || isBeginningOf(imageId, image)) return undefined;
  const reference = tryParseNormalizedNamed(image);
  if (reference === undefined) return undefined;
  return familiarString(favorDigest(reference));
}

function isBeginningOf(imageId: string, typed: string): boolean {
  return imageId.startsWith(typed) || imageId.startsWith(`sha256:${typed}`);
}
