import { isImageId } from '../../reference/digest.ts';
import type { Found, Rule } from '../rule.ts';
import { homeOf, isMisplaced, type StoredEntry } from '../stored-entry.ts';
import type { Subject } from '../subject.ts';

/** Entries that say what they name, in a place where the daemon does not look for it. */

export const keyNotFamiliar: Rule = {
  name: 'key-not-familiar',
  severity: 'error',
  fix: 'safe',
  concerns: 'entries',
  summary: 'a key like docker.io/library/alpine:1: listed, never found, not removable',
  check: (subject) => misplaced(subject, 'not-familiar'),
};

export const wrongBucket: Rule = {
  name: 'wrong-bucket',
  severity: 'error',
  fix: 'safe',
  concerns: 'entries',
  summary: "a key in another repository's bucket: listed, never found, not removable",
  check: (subject) => misplaced(subject, 'wrong-bucket'),
};

export const referenceConflict: Rule = {
  name: 'reference-conflict',
  severity: 'error',
  fix: 'lossy',
  concerns: 'entries',
  summary: 'two keys are one reference, at different images',
  *check(subject) {
    for (const entry of subject.survey.unsound) {
      if (!isMisplaced(entry) || !isImageId(entry.imageId)) continue;
      const others = rivals(subject, entry);
      if (others.length === 0) continue;
      const works = others.find((other) => other.form === 'sound');
      yield {
        ...whereabouts(subject, entry),
        args: {
          names: namedBy(entry).reference,
          images: [...new Set([entry, ...others].map((other) => other.imageId))],
          ...(works === undefined ? {} : { works: works.imageId }),
        },
      };
    }
  },
};

function* misplaced(subject: Subject, form: 'not-familiar' | 'wrong-bucket'): Generator<Found> {
  for (const entry of subject.survey.unsound) {
    // One that would crash the daemon, or that contradicts another, is not put where it would be found.
    if (entry.form !== form || !isImageId(entry.imageId) || rivals(subject, entry).length > 0) continue;
    const { repository, reference } = namedBy(entry);
    const isTwice = subject.namesakes(entry).length > 1;
    yield { ...whereabouts(subject, entry), args: { names: reference, belongs: repository, isTwice } };
  }
}

/** Entries that name the same, at another image. */
function rivals(subject: Subject, entry: StoredEntry): StoredEntry[] {
  return subject.namesakes(entry).filter((other) => other.imageId !== entry.imageId);
}

function namedBy(entry: StoredEntry): { repository: string; reference: string } {
  return entry.parsed === undefined ? entry : homeOf(entry.parsed);
}

function whereabouts(subject: Subject, entry: StoredEntry): Found {
  const { repository, reference, imageId } = entry;
  const at = subject.placeOf(entry);
  return { repository, reference, imageId, ...(at && { at }) };
}
