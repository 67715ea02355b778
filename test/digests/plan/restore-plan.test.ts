import { describe, expect, test } from 'vitest';
import { formatNotRestored } from '../../../src/digests/plan/reason-text.ts';
import { planRestore, untaggedIn } from '../../../src/digests/plan/restore-plan.ts';
import { applyPatch } from '../../../src/repositories/apply.ts';
import { Repositories } from '../../../src/repositories/repositories.ts';
import type { DigestMatch, Outcome } from '../../../src/sources/evidence/digest-match.ts';
import { digestA, digestB, idA, idB } from '../../support/cli-store.ts';

const store = Repositories.empty.addTag('app:1', idA).addTag('other:1', idB);
const reference = `app@${digestA}`;

function match(outcome: Outcome, more: Partial<DigestMatch> = {}): DigestMatch {
  const base = { reference, digest: digestA, imageId: idA, tag: undefined, proven: [], detail: 'a test' };
  return { outcome, source: 'lock:a', ...base, ...more };
}

const reasons = (...matches: DigestMatch[]) =>
  planRestore(matches, store).notRestored.map((one) => one.reason);

describe('what is proven', () => {
  test('is added, and nothing else is touched', () => {
    const plan = planRestore([match('restorable', { proven: [idA] })], store);
    expect(plan.patch.operations).toEqual([{ op: 'add', reference, image: idA }]);
    expect(plan.restored).toEqual([
      { reference, digest: digestA, imageId: idA, source: 'lock:a', detail: 'a test', trusted: false },
    ]);
    expect(applyPatch(store, plan.patch).repositories.find(reference)).toBe(idA);
  });

  test('counts before what other sources only say', () => {
    const others = [match('unproven', { imageId: idB }), match('image-not-here'), match('other-image')];
    const { restored, notRestored } = planRestore([...others, match('restorable')], store);
    expect(restored).toMatchObject([{ imageId: idA, trusted: false }]);
    expect(notRestored).toEqual([]);
  });

  test('is not chosen where two manifests name two images', () => {
    const both = [match('restorable'), match('restorable', { imageId: idB })];
    const { patch, notRestored } = planRestore(both, store);
    expect(patch.operations).toEqual([]);
    expect(notRestored).toMatchObject([{ reason: 'sources-disagree', proven: [idA, idB] }]);
  });

  test('once, whoever says it', () => {
    const twice = [match('restorable'), match('restorable', { source: 'dir:b' })];
    expect(planRestore(twice, store).patch.operations).toHaveLength(1);
  });
});

describe('what is not', () => {
  const outcomes: Outcome[] = [
    'already-there',
    'held-by-another',
    'ambiguous',
    'image-not-here',
    'other-image',
    'other-platform',
    'manifest-missing',
    'no-name',
    'invalid-name',
    'unproven',
    'no-digest',
  ];
  test.each(outcomes)('%s is told with its reason', (outcome) => {
    const { patch, restored, notRestored } = planRestore([match(outcome)], store);
    expect({ restored, operations: patch.operations }).toEqual({ restored: [], operations: [] });
    expect(notRestored.map(({ reason }) => reason)).toEqual([outcome]);
    const [first] = notRestored;
    expect(first && formatNotRestored(first)).toContain('app@');
  });

  test('of several sources the one that says most is told', () => {
    expect(reasons(match('image-not-here'), match('held-by-another'), match('unproven'))).toEqual([
      'held-by-another',
    ]);
    expect(reasons(match('no-name', { reference: undefined }), match('already-there'))).toEqual([
      'already-there',
      'no-name',
    ]);
  });

  test.each([
    ['proven', [idA], `refstore repair moves it (with --from lock:a), or refstore untag ${reference}`],
    ['only said', [], 'nothing is moved without proof'],
  ])('what the store has at another image, %s, says how to make room', (_what, proven, text) => {
    const held = {
      ...match('held-by-another', { other: idB, proven }),
      reason: 'held-by-another' as const,
    };
    expect(formatNotRestored(held)).toContain(text);
    expect(formatNotRestored(held)).toContain(`refstore untag ${reference}`);
  });
});

describe('a digest without a tag', () => {
  const bare = Repositories.empty.addDigest(`app@${digestB}`, idA).addTag('app:1', idB);
  const plan = (untagged?: 'refuse' | 'add') =>
    planRestore([match('restorable', { tag: 'app:7' })], bare, { untagged });

  test('is refused, and the tag that would do is named', () => {
    const { patch, notRestored } = plan();
    expect(patch.operations).toEqual([]);
    expect(notRestored).toMatchObject([{ reason: 'untagged', reference, imageId: idA }]);
    expect(notRestored.map(formatNotRestored)[0]).toContain(`refstore tag ${idA} app:7`);
  });

  test('is added when it is asked for', () => {
    expect(plan('add').patch.operations).toHaveLength(1);
  });

  test('a tag of any repository keeps the image', () => {
    const elsewhere = bare.addTag('else:1', idA);
    expect(planRestore([match('restorable')], elsewhere).restored).toHaveLength(1);
  });

  test('the tag may go between the plan and the write', () => {
    const made = planRestore([match('restorable')], store);
    expect(untaggedIn(made, store, {})).toEqual([]);
    expect(untaggedIn(made, store.delete('app:1'), {})).toEqual([idA]);
    expect(untaggedIn(made, store.delete('app:1'), { untagged: 'add' })).toEqual([]);
  });
});

describe('trust', () => {
  const trust = [`docker.io/library/${reference}`];
  const plan = (...matches: DigestMatch[]) => planRestore(matches, store, { trust });

  test('adds what is only said, and says so', () => {
    expect(plan(match('unproven')).restored).toMatchObject([{ reference, imageId: idA, trusted: true }]);
    expect(planRestore([match('unproven')], store).restored).toEqual([]);
  });

  test('is for that digest alone', () => {
    const other = match('unproven', { reference: `other@${digestA}`, imageId: idB });
    expect(plan(match('unproven'), other)).toMatchObject({
      restored: [{ reference }],
      notRestored: [{ reason: 'unproven', reference: other.reference }],
    });
  });

  test('is not needed for what is proven', () => {
    expect(plan(match('unproven'), match('restorable')).restored).toMatchObject([{ trusted: false }]);
    expect(plan(match('unproven'), match('already-there')).notRestored).toMatchObject([
      { reason: 'already-there' },
    ]);
  });

  test('does not stand against bytes that say otherwise', () => {
    const disproof = match('other-image', { imageId: idB, proven: [idB] });
    expect(plan(match('unproven'), disproof)).toMatchObject({
      restored: [],
      notRestored: [{ reason: 'other-image' }],
    });
    const partly = match('manifest-missing', { proven: [idB] });
    expect(plan(match('unproven'), partly).restored).toHaveLength(1);
  });

  test('never moves an entry', () => {
    expect(plan(match('unproven', { other: idB })).notRestored).toMatchObject([
      { reason: 'held-by-another', other: idB },
    ]);
  });

  test('does not choose between two images', () => {
    expect(plan(match('unproven'), match('unproven', { imageId: idB })).notRestored).toMatchObject([
      { reason: 'sources-disagree' },
    ]);
  });

  const archived = match('no-digest', { reference: undefined, digest: undefined, tag: 'app:1' });

  test('gives the image of an archive the digest that it does not know', () => {
    expect(plan(archived)).toMatchObject({
      restored: [{ reference, digest: digestA, imageId: idA, trusted: true }],
      notRestored: [],
    });
  });

  test('of an archive with another name says nothing', () => {
    const other = { ...archived, tag: 'application:1' };
    expect(() => plan(other)).toThrow(
      expect.objectContaining({ code: 'UNPROVEN_DIGEST', details: { references: [reference] } }),
    );
  });

  test.each(['app:1', 'App@x', ''])('%j is no digest', (text) => {
    expect(() => planRestore([], store, { trust: [text] })).toThrow(
      expect.objectContaining({ code: 'INVALID_REFERENCE' }),
    );
  });
});
