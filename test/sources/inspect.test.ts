import { join } from 'node:path';
import { expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { writeFolder } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';
import { idA, idB } from '../support/store.ts';

const digest = `sha256:${'d'.repeat(64)}`;

async function read(content: unknown) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const folder = await writeFolder({ 'images.json': text });
  return await openEvidence(`inspect:${join(folder, 'images.json')}`).evidence(contextWith());
}

test('names and digests are claimed, and called unproven', async () => {
  const evidence = await read([
    { Id: idA, RepoTags: ['alpine:3.20'], RepoDigests: [`alpine@${digest}`] },
    { Id: idB, RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] },
  ]);
  const { claims, proofs, matches } = matchEvidence(evidence, hereWith([idA, idB]));
  expect(claims).toMatchObject([
    { reference: 'alpine:3.20', imageId: idA, proof: 'file' },
    { reference: `alpine@${digest}`, imageId: idA, proof: 'file' },
  ]);
  expect(proofs).toEqual([]);
  expect(matches).toMatchObject([{ outcome: 'unproven', reference: `alpine@${digest}`, imageId: idA }]);
});

test('one image by itself', async () => {
  expect((await read({ Id: idA, RepoTags: ['a:1'], RepoDigests: null })).unverified).toHaveLength(1);
});

test('a daemon with the containerd image store makes up its digests: nothing is taken from it', async () => {
  const { unverified, problems } = await read([
    { Id: digest, RepoTags: ['a:1'], RepoDigests: [`a@${digest}`] },
  ]);
  expect(unverified).toEqual([]);
  expect(problems[0]?.reason).toContain('containerd image store');
});

test('what is no image is passed over, and named', async () => {
  const { unverified, problems } = await read([
    null,
    1,
    {},
    { Id: 'x' },
    { Id: idA, RepoTags: [1, 'A:b:c'] },
  ]);
  expect(unverified).toEqual([]);
  expect(problems.map(({ path }) => path.replace(/.*: /, ''))).toEqual(['[0]', '[1]', '[2]', '[3]']);
});

test.each([
  ['', 'it is not JSON'],
  ['7', 'it holds no list of images'],
  ['['.repeat(20_000), 'it is nested too deeply'],
])('%.10s', async (content, message) => {
  const error = await rejection(read(content));
  expect(error).toMatchObject({
    code: 'SOURCE_FAILED',
    hint: 'it has to be what docker image inspect prints',
  });
  expect(error.message).toContain(message);
});
