import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFamiliarName } from '../../src/reference/familiar.ts';
import { tryParseNormalizedNamed } from '../../src/reference/parse.ts';
import { familiarName } from '../../src/reference/reference.ts';
import { validReference } from '../support/arbitraries.ts';

/** Pieces from which names are made that are nearly in order. */
const piece = fc.constantFrom(
  ...[
    'docker.io',
    'index.docker.io',
    'library',
    'localhost',
    'a.b',
    'A.b',
    'a',
    'A',
    'sha256',
    '[::1]',
    'x__y',
  ],
  ...['/', '/', '/', ':', ':5000', '.', '-', '_', '@', '', 'é', '\n', '0'.repeat(64), 'z'.repeat(130)],
);
const nearlyName = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));

test('a name is familiar if it reads back to itself', () => {
  fc.assert(
    fc.property(fc.oneof(validReference, nearlyName), (text) => {
      const name = tryParseNormalizedNamed(text);
      const isName = name !== undefined && name.tag === undefined && name.digest === undefined;
      expect(isFamiliarName(text)).toBe(isName && familiarName(name) === text);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['alpine', true],
  ['library/alpine', false],
  ['docker.io/alpine', false],
  ['index.docker.io/a/b', false],
  ['docker.io.example/a', true],
  ['registry.example.com:5000/team/app', true],
  ['Upper.example/app', true],
  ['localhost/app', true],
  ['a.b', true],
  ['a.b/', false],
  ['a.b/c:1', false],
  ['a.b/C', false],
  [`a.b/${'c'.repeat(255)}`, true],
  [`a.b/${'c'.repeat(256)}`, false],
])('%s: %s', (text, isFamiliar) => {
  expect(isFamiliarName(text)).toBe(isFamiliar);
});
