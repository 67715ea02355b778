import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { maxPatternLength, referencePattern } from '../../src/reference/grammar.ts';
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

  test.each(['a-', 'a.', '-', 'a/', 'a__'])(
    'of a hostile text that repeats %j, the pattern reads no more the longer it is',
    (part) => {
      let read = 0;
      for (const name of ['test', 'exec'] as const) {
        const original = RegExp.prototype[name] as (text: string) => unknown;
        const counted = function (this: RegExp, text: string): unknown {
          if (this === referencePattern) read += text.length;
          return original.call(this, text);
        };
        Object.assign(RegExp.prototype, { [name]: counted });
        onTestFinished(() => void Object.assign(RegExp.prototype, { [name]: original }));
      }
      const work = (times: number): number => {
        read = 0;
        expect(tryParseNormalizedNamed(`${part.repeat(times)}!`)).toBeUndefined();
        return read;
      };
      expect(work(100)).toBeGreaterThan(0);
      expect(work(1_000_000)).toBeLessThanOrEqual(2 * maxPatternLength);
    },
  );
});
