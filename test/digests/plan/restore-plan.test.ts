import { describe, expect, test } from 'vitest';
import { formatNotRestored } from '../../../src/digests/plan/reason-text.ts';
import { planRestore, untaggedIn } from '../../../src/digests/plan/restore-plan.ts';
import { applyPatch } from '../../../src/repositories/apply.ts';
import { Repositories } from '../../../src/repositories/repositories.ts';
import type { Outcome, Verdict } from '../../../src/sources/evidence/verdict.ts';
import { digestA, digestB, idA, idB } from '../../support/cli-store.ts';

const store = Repositories.empty.addTag('app:1', idA).addTag('other:1', idB);
const reference = `app@${digestA}`;

function verdict(outcome: Outcome, more: Partial<Verdict> = {}): Verdict {
  const base = { reference, digest: digestA, imageId: idA, tag: undefined, proven: [], detail: 'a test' };
  return { outcome, source: 'lock:a', ...base, ...more };
}

const reasons = (...verdicts: Verdict[]) => planRestore(verdicts, store).notRestored.map((one) => one.reason);

describe('what is proven', () => {
  test('is added, and nothing else is touched', () => {
    const plan = planRestore([verdict('restorable', { proven: [idA] })], store);
    expect(plan.patch.operations).toEqual([{ op: 'add', reference, image: idA }]);
    expect(plan.restored).toEqual([
      { reference, digest: digestA, imageId: idA, source: 'lock:a', detail: 'a test', trusted: false },
    ]);
    expect(applyPatch(store, plan.patch).repositories.find(reference)).toBe(idA);
  });

  test('counts before what other sources only say', () => {
    const others = [verdict('unproven', { imageId: idB }), verdict('image-not-here'), verdict('other-image')];
    const { restored, notRestored } = planRestore([...others, verdict('restorable')], store);
    expect(restored).toMatchObject([{ imageId: idA, trusted: false }]);
    expect(notRestored).toEqual([]);
  });

  test('is not chosen where two manifests name two images', () => {
    const both = [verdict('restorable'), verdict('restorable', { imageId: idB })];
    const { patch, notRestored } = planRestore(both, store);
    expect(patch.operations).toEqual([]);
    expect(notRestored).toMatchObject([{ reason: 'sources-disagree', proven: [idA, idB] }]);
  });

  test('once, whoever says it', () => {
    const twice = [verdict('restorable'), verdict('restorable', { source: 'dir:b' })];
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
    const { patch, restored, notRestored } = planRestore([verdict(outcome)], store);
    expect({ restored, operations: patch.operations }).toEqual({ restored: [], operations: [] });
    expect(notRestored.map(({ reason }) => reason)).toEqual([outcome]);
    const [first] = notRestored;
    expect(first && formatNotRestored(first)).toContain('app@');
  });

  test('of several sources the one that says most is told', () => {
    expect(reasons(verdict('image-not-here'), verdict('held-by-another'), verdict('unproven'))).toEqual([
      'held-by-another',
    ]);
    expect(reasons(verdict('no-name', { reference: undefined }), verdict('already-there'))).toEqual([
      'already-there',
      'no-name',
    ]);
  });

  test.each([
    ['proven', [idA], `refstore repair moves it (with --from lock:a), or refstore untag ${reference}`],
    ['only said', [], 'nothing is moved without proof'],
  ])('what the store has at another image, %s, says how to make room', (_what, proven, text) => {
    const held = {
      ...verdict('held-by-another', { other: idB, proven }),
      reason: 'held-by-another' as const,
    };
    expect(formatNotRestored(held)).toContain(text);
    expect(formatNotRestored(held)).toContain(`refstore untag ${reference}`);
  });
});

describe('a digest without a tag', () => {
  const bare = Repositories.empty.addDigest(`app@${digestB}`, idA).addTag('app:1', idB);
  const plan = (untagged?: 'refuse' | 'add') =>
    planRestore([verdict('restorable', { tag: 'app:7' })], bare, { untagged });

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
    expect(planRestore([verdict('restorable')], elsewhere).restored).toHaveLength(1);
  });

  test('the tag may go between the plan and the write', () => {
    const made = planRestore([verdict('restorable')], store);
    expect(untaggedIn(made, store, {})).toEqual([]);
    expect(untaggedIn(made, store.delete('app:1'), {})).toEqual([idA]);
    expect(untaggedIn(made, store.delete('app:1'), { untagged: 'add' })).toEqual([]);
  });
});

describe('trust', () => {
  const trust = [`docker.io/library/${reference}`];
  const plan = (...verdicts: Verdict[]) => planRestore(verdicts, store, { trust });

  test('adds what is only said, and says so', () => {
    expect(plan(verdict('unproven')).restored).toMatchObject([{ reference, imageId: idA, trusted: true }]);
    expect(planRestore([verdict('unproven')], store).restored).toEqual([]);
  });

  test('is for that digest alone', () => {
    const other = verdict('unproven', { reference: `other@${digestA}`, imageId: idB });
    expect(plan(verdict('unproven'), other)).toMatchObject({
      restored: [{ reference }],
      notRestored: [{ reason: 'unproven', reference: other.reference }],
    });
  });

  test('is not needed for what is proven', () => {
    expect(plan(verdict('unproven'), verdict('restorable')).restored).toMatchObject([{ trusted: false }]);
    expect(plan(verdict('unproven'), verdict('already-there')).notRestored).toMatchObject([
      { reason: 'already-there' },
    ]);
  });

  test('does not stand against bytes that say otherwise', () => {
    const disproof = verdict('other-image', { imageId: idB, proven: [idB] });
    expect(plan(verdict('unproven'), disproof)).toMatchObject({
      restored: [],
      notRestored: [{ reason: 'other-image' }],
    });
    const partly = verdict('manifest-missing', { proven: [idB] });
    expect(plan(verdict('unproven'), partly).restored).toHaveLength(1);
  });

  test('never moves an entry', () => {
    expect(plan(verdict('unproven', { other: idB })).notRestored).toMatchObject([
      { reason: 'held-by-another', other: idB },
    ]);
  });

  test('does not choose between two images', () => {
    expect(plan(verdict('unproven'), verdict('unproven', { imageId: idB })).notRestored).toMatchObject([
      { reason: 'sources-disagree' },
    ]);
  });

  const archived = verdict('no-digest', { reference: undefined, digest: undefined, tag: 'app:1' });

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
