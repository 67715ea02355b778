import { isImageId } from '../../../reference/digest.ts';
import type { CheckContext } from '../../check-context.ts';
import type { NoArgs, RawFinding } from '../../define-rule.ts';
import { isResolvable } from '../../stored-entry.ts';

/** Entries at an image that is not in imagedb. The daemon keeps them for ever, and shows them nowhere. */
export function* ghosts(context: CheckContext, kind: 'tag' | 'digest'): Generator<RawFinding<NoArgs>> {
  if (context.facts.dataRoot?.images === undefined) return;
  for (const entry of context.survey.unresolvable) {
    const { repository, reference, imageId, parsed } = entry;
    if (!isResolvable(entry) || !isImageId(imageId)) continue;
    if ((parsed?.digest === undefined) !== (kind === 'tag')) continue;
    const at = context.placeOf(entry);
    yield { repository, reference, imageId, ...(at && { at }) };
  }
}
