import { isImageId } from '../../reference/digest.ts';
import type { CheckContext } from '../check-context.ts';
import type { RawFinding, Rule } from '../rule.ts';
import { canonicalLocation, isMisplaced, type StoredEntry } from '../stored-entry.ts';

/** Entries that say what they name, in a place where the daemon does not look for it. */

export const keyNotFamiliar: Rule = {
  name: 'key-not-familiar',
  severity: 'error',
  fix: 'safe',
  category: 'entries',
  summary: 'a key like docker.io/library/alpine:1: listed, never found, not removable',
  check: (context) => misplaced(context, 'not-familiar'),
};

export const wrongBucket: Rule = {
  name: 'wrong-bucket',
  severity: 'error',
  fix: 'safe',
  category: 'entries',
  summary: "a key in another repository's bucket: listed, never found, not removable",
  check: (context) => misplaced(context, 'wrong-bucket'),
};

export const referenceConflict: Rule = {
  name: 'reference-conflict',
  severity: 'error',
  fix: 'lossy',
  category: 'entries',
  summary: 'two keys are one reference, at different images',
  *check(context) {
    for (const entry of context.survey.malformed) {
      if (!isMisplaced(entry) || !isImageId(entry.imageId)) continue;
      const others = conflicting(context, entry);
      if (others.length === 0) continue;
      const works = others.find((other) => other.form === 'valid');
      yield {
        ...whereabouts(context, entry),
        args: {
          names: namedBy(entry).reference,
          images: [...new Set([entry, ...others].map((other) => other.imageId))],
          ...(works === undefined ? {} : { works: works.imageId }),
        },
      };
    }
  },
};

function* misplaced(context: CheckContext, form: 'not-familiar' | 'wrong-bucket'): Generator<RawFinding> {
  for (const entry of context.survey.malformed) {
    // One that would crash the daemon, or that contradicts another, is not put where it would be found.
    if (entry.form !== form || !isImageId(entry.imageId) || conflicting(context, entry).length > 0) continue;
    const { repository, reference } = namedBy(entry);
    const isTwice = context.aliases(entry).length > 1;
    yield { ...whereabouts(context, entry), args: { names: reference, belongs: repository, isTwice } };
  }
}

/** Entries that name the same, at another image. */
function conflicting(context: CheckContext, entry: StoredEntry): StoredEntry[] {
  return context.aliases(entry).filter((other) => other.imageId !== entry.imageId);
}

function namedBy(entry: StoredEntry): { repository: string; reference: string } {
  return entry.parsed === undefined ? entry : canonicalLocation(entry.parsed);
}

function whereabouts(context: CheckContext, entry: StoredEntry): RawFinding {
  const { repository, reference, imageId } = entry;
  const at = context.placeOf(entry);
  return { repository, reference, imageId, ...(at && { at }) };
}
