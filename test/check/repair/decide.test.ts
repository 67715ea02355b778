import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/check/repair/decide.ts';
import type { Claim, Proof } from '../../../src/facts/claim.ts';

const claim = (proof: Proof, imageId: string): Claim => ({
  reference: 'a:1',
  imageId,
  source: `${proof}:`,
  proof,
  detail: proof,
});
const outcome = (isDigest: boolean, claims: readonly Claim[], answer?: string) => {
  const decision = decide(isDigest, claims, answer);
  return decision?.kind === 'decided' ? decision.imageId : decision?.kind;
};

describe('a tag', () => {
  test.each([
    ['nothing is claimed', [], undefined],
    ['one claims it', [claim('file', 'A')], 'A'],
    ['all agree', [claim('backup', 'A'), claim('container', 'A')], 'A'],
    ['two disagree', [claim('backup', 'A'), claim('container', 'B')], 'conflict'],
    ['two containers disagree', [claim('container', 'A'), claim('container', 'B')], 'conflict'],
    [
      'the memory disagrees with the rest',
      [claim('backup', 'A'), claim('memory', 'B'), claim('container', 'A')],
      'B',
    ],
    ['two memories disagree', [claim('memory', 'A'), claim('memory', 'B')], 'conflict'],
  ])('%s', (_, claims, expected) => {
    expect(outcome(false, claims)).toBe(expected);
    expect(outcome(false, [...claims].reverse())).toBe(expected);
  });
});

describe('a digest', () => {
  test.each([
    ['a file is no proof', [claim('file', 'A')], 'unproven'],
    ['files that agree are none either', [claim('file', 'A'), claim('file', 'A')], 'unproven'],
    ['a backup, a container, the memory are', [claim('backup', 'A')], 'A'],
    ['a container', [claim('container', 'A')], 'A'],
    [
      'the manifest overrules all',
      [claim('memory', 'B'), claim('digest', 'A'), claim('container', 'B')],
      'A',
    ],
    [
      'an index proves two images, and nothing else speaks',
      [claim('digest', 'A'), claim('digest', 'B')],
      'conflict',
    ],
    [
      'of two that are proven, one was also used',
      [claim('digest', 'A'), claim('digest', 'B'), claim('container', 'B')],
      'B',
    ],
    [
      'what is not proven cannot be chosen',
      [claim('digest', 'A'), claim('digest', 'B'), claim('container', 'C')],
      'conflict',
    ],
    ['a file does not count beside a backup', [claim('file', 'A'), claim('backup', 'B')], 'B'],
  ])('%s', (_, claims, expected) => {
    expect(outcome(true, claims)).toBe(expected);
    expect(outcome(true, [...claims].reverse())).toBe(expected);
  });
});

test('an answer decides between candidates, and only between those', () => {
  const both = [claim('backup', 'A'), claim('container', 'B')];
  expect(outcome(false, both, 'B')).toBe('B');
  expect(outcome(false, both, 'C')).toBe('conflict');
  expect(outcome(false, [claim('memory', 'A'), ...both], 'B')).toBe('A');
  expect(outcome(true, [claim('file', 'A')], 'A')).toBe('unproven');
});
