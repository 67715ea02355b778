import type { ScannedRepository } from '../../repositories/scan.ts';
import type { CheckContext } from '../check-context.ts';
import type { Rule } from '../rule.ts';

/** The same name twice in one object. Which of them the daemon takes depends on the level. */

const maxNames = 20;

export const duplicateField: Rule = {
  name: 'duplicate-field',
  severity: 'info',
  fix: 'safe',
  category: 'file',
  summary: 'the field Repositories stands there more than once: the daemon merges them',
  *check(context) {
    const fields = readable(context) ? context.scan.fields.filter((field) => field.isRepositories) : [];
    for (const { offset, name } of fields.slice(1)) {
      yield { at: context.placeAt(offset), args: { name, times: fields.length } };
    }
  },
};

export const duplicateBucket: Rule = {
  name: 'duplicate-bucket',
  severity: 'warning',
  fix: 'safe',
  category: 'file',
  summary: 'a repository stands there twice: the daemon takes the later one only',
  *check(context) {
    for (const bucket of hiddenBuckets(context)) {
      const lost = bucket.entries.filter(
        (entry) => context.base.entry(bucket.name, entry.reference) === undefined,
      );
      const references = [...new Set(lost.map((entry) => entry.reference))];
      yield {
        repository: bucket.name,
        at: context.placeAt(bucket.offset),
        ...(references.length === 0 ? {} : { severity: 'error' }),
        args: { hides: references.length, references: references.slice(0, maxNames) },
      };
    }
  },
};

export const duplicateReference: Rule = {
  name: 'duplicate-reference',
  severity: 'warning',
  fix: 'safe',
  category: 'file',
  summary: 'a reference stands twice in its repository: the daemon takes the later one',
  *check(context) {
    for (const bucket of buckets(context)) {
      if (!bucket.effective) continue;
      for (const { reference, imageId, offset, effective } of bucket.entries) {
        if (effective) continue;
        const used = context.base.entry(bucket.name, reference) ?? '';
        yield {
          repository: bucket.name,
          reference,
          imageId,
          at: context.placeAt(offset),
          ...(used === imageId ? { severity: 'info' } : {}),
          args: { used },
        };
      }
    }
  },
};

/** Buckets that a later one of the same name replaces, with all that is in them. */
export function hiddenBuckets(context: CheckContext): ScannedRepository[] {
  return buckets(context).filter((bucket) => !bucket.effective && bucket.valueKind === 'object');
}

function buckets(context: CheckContext): ScannedRepository[] {
  return readable(context) ? context.scan.fields.flatMap((field) => field.buckets) : [];
}

/** A file as the daemon writes it has no duplicates; one that it refuses has other troubles. */
function readable(context: CheckContext): boolean {
  return context.decoded !== undefined && !context.isCanonical && context.bytes !== undefined;
}
