import { isImageId } from '../../reference/digest.ts';
import type { Found, Rule } from '../rule.ts';
import { isMeaningful } from '../stored-entry.ts';
import type { Subject } from '../subject.ts';

/** Entries at an image that is not in imagedb. The daemon keeps them for ever, and shows them nowhere. */

export const ghostTag: Rule = {
  name: 'ghost-tag',
  severity: 'error',
  fix: 'lossy',
  concerns: 'data-root',
  summary: 'a tag at an image that is not there',
  check: (subject) => ghosts(subject, (digest) => digest === undefined),
};

export const ghostDigest: Rule = {
  name: 'ghost-digest',
  severity: 'error',
  fix: 'lossy',
  concerns: 'data-root',
  summary: 'a digest at an image that is not there: it blocks every pull of that digest',
  check: (subject) => ghosts(subject, (digest) => digest !== undefined),
};

function* ghosts(subject: Subject, isWanted: (digest: string | undefined) => boolean): Generator<Found> {
  if (subject.facts.dataRoot?.images === undefined) return;
  for (const entry of subject.survey.adrift) {
    const { repository, reference, imageId, parsed } = entry;
    if (!isMeaningful(entry) || !isImageId(imageId) || !isWanted(parsed?.digest)) continue;
    const at = subject.placeOf(entry);
    yield { repository, reference, imageId, ...(at && { at }) };
  }
}
