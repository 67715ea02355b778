import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/check/printable.ts';
import { escapeText, quoted, shownReference } from '../../src/util/escape.ts';

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

test('a quoted text and a shown reference escape what a terminal obeys', () => {
  expect(quoted('a\u001b[2J\u009b2J\u2028"')).toBe(String.raw`"a\u001b[2J\u009b2J\u2028\""`);
  expect(shownReference('a\u001b[2J')).toBe(String.raw`"a\u001b[2J"`);
});

test('a reference is shown as it is, an odd or endless one in quotes', () => {
  expect(shownReference('alpine:3.20')).toBe('alpine:3.20');
  expect(shownReference('')).toBe('""');
  expect(shownReference('x'.repeat(1000))).toBe(`"${'x'.repeat(200)}…"`);
});

test.each(['\u001b', '\u009b', '\u200b', '\u202e', '\u2066', '\u2028', '\ufeff', '\ud800'])(
  'findings, errors and all that is printed escape %j in one way',
  (character) => {
    const code = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    for (const make of [escapeText, printable]) expect(make(`a${character}b`)).toBe(`a${code}b`);
    expect(quoted(`a${character}b`)).toBe(`"a${code}b"`);
  },
);
