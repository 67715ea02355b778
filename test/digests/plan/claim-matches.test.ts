import { expect, test } from 'vitest';
import { claimMatches } from '../../../src/digests/plan/claim-matches.ts';
import type { Proof } from '../../../src/facts/claim.ts';
import { Repositories } from '../../../src/repositories/repositories.ts';
import { parseNameChange } from '../../../src/sources/evidence/naming.ts';
import { digestA, idA, idB } from '../../support/cli-store.ts';

const reference = `app@${digestA}`;
const local = { images: new Map([[idA, undefined]]), repositories: Repositories.empty.addTag('app:1', idA) };

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
  expect(claimMatches([claim(proof)], local)).toMatchObject([{ outcome, reference, imageId: idA }]);
});

test('claims about tags say nothing of a digest', () => {
  expect(claimMatches([claim('memory', idA, 'app:1')], local)).toEqual([]);
});

test('what the store has already, at the same image or another', () => {
  const held = { ...local, repositories: local.repositories.addDigest(reference, idA) };
  expect(claimMatches([claim('file')], held)).toMatchObject([{ outcome: 'already-there' }]);
  const both = { ...held, images: new Map([...local.images, [idB, undefined]]) };
  expect(claimMatches([claim('backup', idB)], both)).toMatchObject([
    { outcome: 'held-by-another', other: idA },
  ]);
  expect(claimMatches([claim('backup', idB)], held)).toMatchObject([{ outcome: 'image-not-here' }]);
});

test('under another name', () => {
  const map = [parseNameChange('app=mirror.local/app')];
  expect(claimMatches([claim('backup')], local, { map })).toMatchObject([
    { outcome: 'restorable', reference: `mirror.local/app@${digestA}` },
  ]);
  expect(claimMatches([claim('backup')], local, { as: 'sha256' })).toMatchObject([
    { outcome: 'invalid-name', reference: undefined },
  ]);
});
