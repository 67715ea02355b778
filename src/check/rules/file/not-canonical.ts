import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { duplicateBucket } from './duplicate-bucket.ts';
import { duplicateField } from './duplicate-field.ts';
import { duplicateReference } from './duplicate-reference.ts';
import { fieldCase } from './field-case.ts';
import { invalidUtf8 } from './invalid-utf8.ts';
import { mapNull } from './map-null.ts';
import { trailingBytes } from './trailing-bytes.ts';
import { unknownField } from './unknown-field.ts';

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

export const notCanonical = defineRule({
  name: 'not-canonical',
  category: 'file',
  severity: 'info',
  fix: 'safe',
  summary: 'white space, order or escapes are not as the daemon writes them',
  *check(context) {
    if (context.bytes === undefined || context.decoded === undefined || context.isCanonical) return;
    if (reasons.some((rule) => !isEmpty(rule.check(context)))) return;
    yield {};
  },
  message: () =>
    'white space, order or escapes differ from what the daemon writes; it reads the file all the same',
  meaning: 'No harm. The next save of the daemon rewrites it.',
  cause: 'The file was edited or formatted by hand.',
  advice: [repair],
});

function isEmpty(found: Iterable<unknown>): boolean {
  for (const _ of found) return false;
  return true;
}
