import { isImageId } from '../../reference/digest.ts';
import type { Rule } from '../rule.ts';
import { isMeaningful } from '../stored-entry.ts';

export const imageIdMalformed: Rule = {
  name: 'image-id-malformed',
  severity: 'error',
  fix: 'lossy',
  concerns: 'entries',
  summary: 'the image ID is none: requests for the reference crash, or find nothing',
  *check(subject) {
    for (const entry of subject.survey.adrift) {
      const { repository, reference, imageId } = entry;
      if (isImageId(imageId) || !isMeaningful(entry)) continue;
      const at = subject.placeOf(entry);
      // go-digest panics where there is no colon; with one, the image is just not found.
      const crashes = !imageId.includes(':');
      yield { repository, reference, imageId, ...(at && { at }), args: { crashes } };
    }
  },
};
