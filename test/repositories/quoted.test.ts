import { expect, test } from 'vitest';
import { quoted, shownReference } from '../../src/util/escape.ts';

test('nothing that a terminal obeys gets into a message', () => {
  expect(quoted('a\u001b[2J\u009b2J\u2028"')).toBe(String.raw`"a\u001b[2J\u009b2J\u2028\""`);
  expect(shownReference('a\u001b[2J')).toBe(String.raw`"a\u001b[2J"`);
});

test('a reference is shown as it is, an odd or endless one in quotes', () => {
  expect(shownReference('alpine:3.20')).toBe('alpine:3.20');
  expect(shownReference('')).toBe('""');
  expect(shownReference('x'.repeat(1000))).toBe(`"${'x'.repeat(200)}…"`);
});
