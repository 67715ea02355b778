import { isImageId } from '../../reference/digest.ts';
import type { Rule } from '../rule.ts';
import { isResolvable } from '../stored-entry.ts';

export const imageIdMalformed: Rule = {
  name: 'image-id-malformed',
  severity: 'error',
  fix: 'lossy',
  category: 'entries',
  summary: 'the image ID is none: requests for the reference crash, or find nothing',
  *check(context) {
    for (const entry of context.survey.unresolvable) {
      const { repository, reference, imageId } = entry;
      if (isImageId(imageId) || !isResolvable(entry)) continue;
      const at = context.placeOf(entry);
      // go-digest panics where there is no colon; with one, the image is just not found.
      const crashes = !imageId.includes(':');
      yield { repository, reference, imageId, ...(at && { at }), args: { crashes } };
    }
  },
};
