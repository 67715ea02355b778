import type { Rule } from '../rule.ts';
import { duplicateBucket, duplicateField, duplicateReference } from './duplicates.ts';
import { fieldCase, unknownField } from './fields.ts';
import { mapNull } from './map-null.ts';
import { trailingBytes } from './trailing-bytes.ts';

export const invalidUtf8: Rule = {
  name: 'invalid-utf8',
  severity: 'warning',
  fix: 'safe',
  category: 'file',
  summary: 'bytes that are not UTF-8: the daemon reads U+FFFD in their place',
  *check(context) {
    if (context.decoded === undefined || context.isCanonical) return;
    const [first] = context.scan.invalidUtf8;
    if (first === undefined) return;
    yield { at: context.placeAt(first), args: { bytes: context.scan.invalidUtf8.length } };
  },
};

/** Rules that say why the bytes differ from what the daemon writes. */
const reasons = [
  mapNull,
  trailingBytes,
  duplicateField,
  duplicateBucket,
  duplicateReference,
  fieldCase,
  unknownField,
  invalidUtf8,
];

export const notCanonical: Rule = {
  name: 'not-canonical',
  severity: 'info',
  fix: 'safe',
  category: 'file',
  summary: 'white space, order or escapes are not as the daemon writes them',
  *check(context) {
    if (context.bytes === undefined || context.decoded === undefined || context.isCanonical) return;
    if (reasons.some((rule) => !isEmpty(rule.check(context)))) return;
    yield {};
  },
};

function isEmpty(found: Iterable<unknown>): boolean {
  for (const _ of found) return false;
  return true;
}
