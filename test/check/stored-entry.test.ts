import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEntries, readEntry, storeKey } from '../../src/check/stored-entry.ts';
import type { Entry } from '../../src/repositories/repositories.ts';
import { digest, validReference } from '../support/arbitraries.ts';
import { digestA, imageA } from '../support/facts.ts';

const odd = fc.constantFrom(
  '',
  'a',
  'a:',
  'a@',
  ':',
  'sha256',
  'A',
  'localhost',
  'localhost:5000',
  'a'.repeat(64),
  'docker.io/a',
);
const name = fc.oneof(validReference, odd);
const suffix = fc.oneof(
  fc.constantFrom('', ':1', ':latest', ':-', ':', '@', ':1:2', '/b:1'),
  digest.map((text) => `@${text}`),
);

test('many are read as one by one', () => {
  const entry = fc.oneof(
    fc
      .tuple(name, suffix)
      .map(([repository, end]): Entry => ({ repository, reference: repository + end, imageId: imageA })),
    fc
      .tuple(name, name)
      .map(([repository, reference]): Entry => ({ repository, reference, imageId: imageA })),
  );
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      expect(readEntries(entries)).toEqual(entries.map(readEntry));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['alpine', 'alpine:3.18', 'valid'],
  ['alpine', `alpine@${digestA}`, 'valid'],
  ['localhost', 'localhost:5000', 'valid'],
  ['localhost:5000/a', 'localhost:5000/a:1', 'valid'],
  ['Upper/a', 'Upper/a:1', 'valid'],
  ['alpine', 'docker.io/library/alpine:3.18', 'not-familiar'],
  ['docker.io/foo.io/x', 'docker.io/foo.io/x:1', 'not-reversible'],
  ['demo/app', 'alpine:3.18', 'wrong-bucket'],
  ['alpine', 'alpine', 'no-tag'],
  ['alpine', `alpine:1@${digestA}`, 'tag-and-digest'],
  ['sha256', 'sha256:1', 'sha256'],
  ['alpine', 'alpine:', 'unparsable'],
])('in %s, %s is %s', (repository, reference, form) => {
  expect(readEntry({ repository, reference, imageId: imageA }).form).toBe(form);
});

test('the store keeps a reference in its familiar form', () => {
  expect(storeKey('docker.io/library/alpine:3.18')).toBe('alpine:3.18');
  expect(storeKey('Bad:1')).toBeUndefined();
});
