import type { ScannedBucket } from '../../repositories/scan.ts';
import type { Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** The same name twice in one object. Which of them the daemon takes depends on the level. */

const mostNames = 20;

export const duplicateField: Rule = {
  name: 'duplicate-field',
  severity: 'info',
  fix: 'safe',
  concerns: 'file',
  summary: 'the field Repositories stands there more than once: the daemon merges them',
  *check(subject) {
    const fields = readable(subject) ? subject.scan.fields.filter((field) => field.isRepositories) : [];
    for (const { offset, name } of fields.slice(1)) {
      yield { at: subject.placeAt(offset), args: { name, times: fields.length } };
    }
  },
};

export const duplicateBucket: Rule = {
  name: 'duplicate-bucket',
  severity: 'warning',
  fix: 'safe',
  concerns: 'file',
  summary: 'a repository stands there twice: the daemon takes the later one only',
  *check(subject) {
    for (const bucket of hiddenBuckets(subject)) {
      const lost = bucket.entries.filter(
        (entry) => subject.base.entry(bucket.name, entry.reference) === undefined,
      );
      const references = [...new Set(lost.map((entry) => entry.reference))];
      yield {
        repository: bucket.name,
        at: subject.placeAt(bucket.offset),
        ...(references.length === 0 ? {} : { severity: 'error' }),
        args: { hides: references.length, references: references.slice(0, mostNames) },
      };
    }
  },
};

export const duplicateReference: Rule = {
  name: 'duplicate-reference',
  severity: 'warning',
  fix: 'safe',
  concerns: 'file',
  summary: 'a reference stands twice in its repository: the daemon takes the later one',
  *check(subject) {
    for (const bucket of buckets(subject)) {
      if (!bucket.effective) continue;
      for (const { reference, imageId, offset, effective } of bucket.entries) {
        if (effective) continue;
        const used = subject.base.entry(bucket.name, reference) ?? '';
        yield {
          repository: bucket.name,
          reference,
          imageId,
          at: subject.placeAt(offset),
          ...(used === imageId ? { severity: 'info' } : {}),
          args: { used },
        };
      }
    }
  },
};

/** Buckets that a later one of the same name replaces, with all that is in them. */
export function hiddenBuckets(subject: Subject): ScannedBucket[] {
  return buckets(subject).filter((bucket) => !bucket.effective && bucket.valueKind === 'object');
}

function buckets(subject: Subject): ScannedBucket[] {
  return readable(subject) ? subject.scan.fields.flatMap((field) => field.buckets) : [];
}

/** A file as the daemon writes it has no duplicates; one that it refuses has other troubles. */
function readable(subject: Subject): boolean {
  return subject.decoded !== undefined && !subject.isCanonical && subject.bytes !== undefined;
}
