import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalString,
  familiarString,
  parseDockerRef,
  parseNormalizedNamed,
  parseReference,
  tagNameOnly,
  tryParseNormalizedNamed,
} from '../../src/reference/index.ts';
import { validReference } from '../support/arbitraries.ts';

const options = { numRuns: 500 };

describe('laws of references', () => {
  test('the canonical form reads back to the same reference', () => {
    fc.assert(
      fc.property(validReference, (text) => {
        const reference = parseNormalizedNamed(text);
        expect(parseNormalizedNamed(canonicalString(reference))).toEqual(reference);
        expect(canonicalString(parseReference(canonicalString(reference)))).toBe(canonicalString(reference));
      }),
      options,
    );
  });

  test('normalising twice is normalising once', () => {
    fc.assert(
      fc.property(validReference, (text) => {
        const once = parseDockerRef(text);
        expect(parseDockerRef(canonicalString(once))).toEqual(once);
        expect(tagNameOnly(tagNameOnly(once))).toEqual(tagNameOnly(once));
      }),
      options,
    );
  });

  test('the familiar form of a name on any registry but Docker Hub reads back to itself', () => {
    fc.assert(
      fc.property(validReference, (text) => {
        const reference = parseNormalizedNamed(text);
        fc.pre(reference.domain !== 'docker.io');
        expect(parseNormalizedNamed(familiarString(reference))).toEqual(reference);
      }),
      options,
    );
  });

  test('no string at all makes the parser do anything but answer or refuse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const reference = tryParseNormalizedNamed(text);
        if (reference !== undefined) expect(canonicalString(reference)).toMatch(/^[\x21-\x7e]+$/);
      }),
      options,
    );
  });

  test('a long hostile string is refused in linear time', () => {
    for (const text of [
      'a-'.repeat(100_000),
      'a.'.repeat(100_000),
      '-'.repeat(200_000),
      'a/'.repeat(100_000),
    ]) {
      expect(tryParseNormalizedNamed(text)).toBeUndefined();
      expect(tryParseNormalizedNamed(`${text}!`)).toBeUndefined();
    }
  });
});
