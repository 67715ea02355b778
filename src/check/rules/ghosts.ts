import { isImageId } from '../../reference/digest.ts';
import type { CheckContext } from '../check-context.ts';
import type { RawFinding, Rule } from '../rule.ts';
import { isResolvable } from '../stored-entry.ts';

/** Entries at an image that is not in imagedb. The daemon keeps them for ever, and shows them nowhere. */

export const ghostTag: Rule = {
  name: 'ghost-tag',
  severity: 'error',
  fix: 'lossy',
  category: 'data-root',
  summary: 'a tag at an image that is not there',
  check: (context) => ghosts(context, (digest) => digest === undefined),
};

export const ghostDigest: Rule = {
  name: 'ghost-digest',
  severity: 'error',
  fix: 'lossy',
  category: 'data-root',
  summary: 'a digest at an image that is not there: it blocks every pull of that digest',
  check: (context) => ghosts(context, (digest) => digest !== undefined),
};

function* ghosts(
  context: CheckContext,
  isWanted: (digest: string | undefined) => boolean,
): Generator<RawFinding> {
  if (context.facts.dataRoot?.images === undefined) return;
  for (const entry of context.survey.unresolvable) {
    const { repository, reference, imageId, parsed } = entry;
    if (!isResolvable(entry) || !isImageId(imageId) || !isWanted(parsed?.digest)) continue;
    const at = context.placeOf(entry);
    yield { repository, reference, imageId, ...(at && { at }) };
  }
}
