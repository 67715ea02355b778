import { expect, test } from 'vitest';
import type { Proof } from '../../../src/check/claim.ts';
import { claimVerdicts } from '../../../src/digests/plan/claim-verdicts.ts';
import { Repositories } from '../../../src/repositories/repositories.ts';
import { parseNameChange } from '../../../src/sources/evidence/naming.ts';
import { digestA, idA, idB } from '../../support/cli-store.ts';

const reference = `app@${digestA}`;
const here = { images: new Map([[idA, undefined]]), repositories: Repositories.empty.addTag('app:1', idA) };

const claim = (proof: Proof, imageId = idA, name = reference) => {
  return { reference: name, imageId, source: 'backup:1', proof, detail: 'a test' };
};

test.each<[Proof, string]>([
  ['backup', 'restorable'],
  ['container', 'restorable'],
  ['memory', 'restorable'],
  ['digest', 'restorable'],
  ['file', 'unproven'],
  ['registry', 'unproven'],
])('%s: %s', (proof, outcome) => {
  expect(claimVerdicts([claim(proof)], here)).toMatchObject([{ outcome, reference, imageId: idA }]);
});

test('claims about tags say nothing of a digest', () => {
  expect(claimVerdicts([claim('memory', idA, 'app:1')], here)).toEqual([]);
});

test('what the store has already, at the same image or another', () => {
  const held = { ...here, repositories: here.repositories.addDigest(reference, idA) };
  expect(claimVerdicts([claim('file')], held)).toMatchObject([{ outcome: 'already-there' }]);
  const both = { ...held, images: new Map([...here.images, [idB, undefined]]) };
  expect(claimVerdicts([claim('backup', idB)], both)).toMatchObject([
    { outcome: 'held-by-another', other: idA },
  ]);
  expect(claimVerdicts([claim('backup', idB)], held)).toMatchObject([{ outcome: 'image-not-here' }]);
});

test('under another name', () => {
  const map = [parseNameChange('app=mirror.local/app')];
  expect(claimVerdicts([claim('backup')], here, { map })).toMatchObject([
    { outcome: 'restorable', reference: `mirror.local/app@${digestA}` },
  ]);
  expect(claimVerdicts([claim('backup')], here, { as: 'sha256' })).toMatchObject([
    { outcome: 'invalid-name', reference: undefined },
  ]);
});
