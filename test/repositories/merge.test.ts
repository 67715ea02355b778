import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { applyPatch } from '../../src/repositories/apply.ts';
import { mergeRepositories } from '../../src/repositories/merge.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { errorFrom } from '../support/errors.ts';
import { entriesOf, imageA, imageB, imageC, properRepositories, tag } from '../support/repositories.ts';

const storeOf = (...entries: [string, string][]) =>
  Repositories.fromEntries(entries.map(([r, i]) => tag(r, i)));
type Options = Parameters<typeof mergeRepositories>[0];
const merged = (options: Options) => applyPatch(options.ours, mergeRepositories(options)).repositories;

describe('without a base', () => {
  const ours = storeOf(['a:1', imageA], ['a:2', imageA]);
  const theirs = storeOf(['a:2', imageB], ['a:3', imageB]);

  test('nothing is removed, and what only they have is added', () => {
    expect(entriesOf(merged({ ours, theirs, onConflict: 'ours' }))).toEqual([
      tag('a:1', imageA),
      tag('a:2', imageA),
      tag('a:3', imageB),
    ]);
  });

  test('different images are a conflict: refused, or decided as asked', () => {
    const error = errorFrom(() => mergeRepositories({ ours, theirs, onConflict: 'fail' }), RefstoreError);
    expect(error.code).toBe('PATCH_CONFLICT');
    expect(error.details).toEqual({
      conflicts: [{ repository: 'a', reference: 'a:2', base: null, ours: imageA, theirs: imageB }],
    });
    expect(error.message).toBe(
      `1 entry is different on both sides: a:2 is at "${imageA}" here and at "${imageB}" there`,
    );
    expect(merged({ ours, theirs, onConflict: 'theirs' }).get('a:2')).toBe(imageB);
  });
});

describe('with a base', () => {
  const base = storeOf(['a:1', imageA], ['a:2', imageA], ['a:3', imageA], ['a:4', imageA]);

  test('what only one side changed follows that side', () => {
    const ours = storeOf(['a:1', imageB], ['a:2', imageA], ['a:3', imageA], ['o:1', imageA]);
    const theirs = storeOf(['a:1', imageA], ['a:2', imageC], ['a:4', imageA], ['t:1', imageA]);
    expect(entriesOf(merged({ base, ours, theirs, onConflict: 'fail' }))).toEqual([
      tag('a:1', imageB),
      tag('a:2', imageC),
      tag('o:1', imageA),
      tag('t:1', imageA),
    ]);
  });

  test('the same change on both sides is no conflict', () => {
    const both = storeOf(['a:1', imageB]);
    expect(mergeRepositories({ base, ours: both, theirs: both, onConflict: 'fail' }).operations).toEqual([]);
  });

  test('moved here and removed there is a conflict', () => {
    const ours = storeOf(['a:1', imageB]);
    const theirs = storeOf();
    const one = storeOf(['a:1', imageA]);
    const error = errorFrom(
      () => mergeRepositories({ base: one, ours, theirs, onConflict: 'fail' }),
      RefstoreError,
    );
    expect(error.message).toContain(`a:1 is at "${imageB}" here and missing there`);
    expect(merged({ base: one, ours, theirs, onConflict: 'theirs' }).size).toBe(0);
    expect(merged({ base: one, ours, theirs, onConflict: 'ours' }).size).toBe(1);
  });
});

test('an entry that the daemon would not write is not taken over', () => {
  const theirs = Repositories.fromEntries([
    { repository: 'docker.io/library/a', reference: 'docker.io/library/a:1', imageId: imageA },
  ]);
  const merge = () => mergeRepositories({ ours: Repositories.empty, theirs, onConflict: 'theirs' });
  expect(errorFrom(merge, RefstoreError).code).toBe('INVALID_PATCH');
});

describe('laws', () => {
  const three = fc.tuple(properRepositories, properRepositories, properRepositories);

  test('ours = base: theirs; theirs = base: ours; both the same: that', () => {
    fc.assert(
      fc.property(three, ([base, one]) => {
        expect(entriesOf(merged({ base, ours: base, theirs: one, onConflict: 'fail' }))).toEqual(
          entriesOf(one),
        );
        expect(entriesOf(merged({ base, ours: one, theirs: base, onConflict: 'fail' }))).toEqual(
          entriesOf(one),
        );
        expect(entriesOf(merged({ base, ours: one, theirs: one, onConflict: 'fail' }))).toEqual(
          entriesOf(one),
        );
      }),
    );
  });

  test('either side gives the same, with the sides of a conflict changed over', () => {
    fc.assert(
      fc.property(three, ([base, ours, theirs]) => {
        const there = merged({ base, ours, theirs, onConflict: 'theirs' });
        const back = merged({ base, ours: theirs, theirs: ours, onConflict: 'ours' });
        expect(entriesOf(there)).toEqual(entriesOf(back));
      }),
    );
  });

  test('merging once more changes nothing', () => {
    fc.assert(
      fc.property(three, ([base, ours, theirs]) => {
        const once = merged({ base, ours, theirs, onConflict: 'theirs' });
        const again = mergeRepositories({ base, ours: once, theirs, onConflict: 'theirs' });
        expect(again.operations).toEqual([]);
      }),
    );
  });
});

test('without onConflict a conflict fails; one that there is not is refused', () => {
  const ours = storeOf(['a:1', imageA]);
  const theirs = storeOf(['a:1', imageB]);
  expect(errorFrom(() => mergeRepositories({ ours, theirs }), RefstoreError).code).toBe('PATCH_CONFLICT');
  const onConflict = 'their' as 'theirs';
  expect(errorFrom(() => mergeRepositories({ ours, theirs, onConflict }), RefstoreError)).toMatchObject({
    code: 'USAGE',
    message: 'onConflict is "their", expected fail, ours or theirs',
  });
});
