import { expect, test } from 'vitest';
import { printable } from '../../src/check/printable.ts';
import { escapeText, quoted } from '../../src/util/escape.ts';

test.each(['\u001b', '\u009b', '\u200b', '\u202e', '\u2066', '\u2028', '\ufeff', '\ud800'])(
  'findings, errors and all that is printed escape %j in one way',
  (character) => {
    const code = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    for (const make of [escapeText, printable]) expect(make(`a${character}b`)).toBe(`a${code}b`);
    expect(quoted(`a${character}b`)).toBe(`"a${code}b"`);
  },
);
