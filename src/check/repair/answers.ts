import { isImageId } from '../../reference/digest.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import type { CheckContext } from '../check-context.ts';
import { canonicalLocation } from '../stored-entry.ts';

/** An answer that changes nothing, as it cannot be followed. */
export interface UnusedAnswer {
  readonly reference: string;
  readonly imageId: string;
  /**
   * `image-not-here`: there is no such image · `unproven`: of a digest, nothing proves that it belongs to the image ·
   * `nothing-to-decide`: the reference works, or nothing says that it was lost.
   */
  readonly why: 'image-not-here' | 'unproven' | 'nothing-to-decide';
}

/** The answers that a plan does not follow: nobody gives one to have it passed over. */
export function unusedAnswers(
  answers: ReadonlyMap<string, string>,
  after: Repositories,
  context: CheckContext,
): UnusedAnswer[] {
  return [...answers].flatMap(([reference, imageId]) => {
    const parsed = tryParseNormalizedNamed(reference);
    const home = parsed === undefined ? undefined : canonicalLocation(parsed);
    const held = home === undefined ? undefined : after.entry(home.repository, home.reference);
    if (held === imageId) return [];
    if (!isImageId(imageId) || context.hasImage(imageId) === false)
      return { reference, imageId, why: 'image-not-here' };
    const isDigest = parsed?.digest !== undefined;
    return { reference, imageId, why: isDigest ? 'unproven' : 'nothing-to-decide' };
  });
}
