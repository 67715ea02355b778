import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText } from '../../src/util/escape.ts';

test.each([
  ['alpine:3.20', 'alpine:3.20'],
  ['ünïcode 名前', 'ünïcode 名前'],
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['a\nb\tc\r', 'a\\u000ab\\u0009c\\u000d'],
  ['\u009b31m', '\\u009b31m'],
  ['exe.\u202egnp', 'exe.\\u202egnp'],
  ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
  ['\ud800', '\\ud800'],
  ['\u{1f433}', '\u{1f433}'],
])('%j is printed as %s', (text, expected) => {
  expect(escapeText(text)).toBe(expected);
});

test('nothing that a terminal obeys is left, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    }),
    { numRuns: 200 },
  );
});

test('an escaped JSON text says the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(JSON.parse(escapeText(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 200 },
  );
});
