import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { dockerArchive, makeImage } from '../e2e/support/images.ts';
import { contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { tarOf, writeArchive } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';

const app = makeImage('app', 'amd64');

async function read(bytes: Uint8Array) {
  return await openEvidence(`docker-archive:${await writeArchive(bytes)}`).evidence(contextWith());
}

test.each([
  ['plain', dockerArchive(app, ['demo/app:1', 'docker.io/library/b:2'])],
  ['packed', gzipSync(dockerArchive(app, ['demo/app:1', 'b:2']))],
])('names and image IDs, and no digest (%s)', async (_, bytes) => {
  const evidence = await read(bytes);
  expect(evidence.withoutDigest).toMatchObject([{ imageId: app.id, tags: ['demo/app:1', 'b:2'] }]);
  expect(evidence.platforms).toEqual(new Map([[app.id, 'linux/amd64']]));
  const { claims, matches } = matchEvidence(evidence, hereWith([app]));
  expect(claims.map(({ reference, proof }) => [reference, proof])).toEqual([
    ['demo/app:1', 'file'],
    ['b:2', 'file'],
  ]);
  expect(matches).toMatchObject([{ outcome: 'no-digest', imageId: app.id }]);
});

test('an archive without tags', async () => {
  const manifest = JSON.stringify([{ Config: `${app.id.slice(7)}.json`, RepoTags: null, Layers: [] }]);
  const evidence = await read(
    tarOf({ 'manifest.json': manifest, [`${app.id.slice(7)}.json`]: app.config.bytes }),
  );
  expect(evidence.withoutDigest).toMatchObject([{ imageId: app.id, tags: [] }]);
});

describe('a hostile or damaged archive', () => {
  test('a config that is not the image that its name says', async () => {
    const manifest = JSON.stringify([{ Config: `${'5'.repeat(64)}.json`, RepoTags: ['a:1'] }]);
    const bytes = tarOf({ 'manifest.json': manifest, [`${'5'.repeat(64)}.json`]: app.config.bytes });
    const error = await rejection(read(bytes));
    expect(error.message).toContain(`${'5'.repeat(64)}.json: its bytes hash to ${app.id}`);
  });

  test('what names no config is passed over, and named', async () => {
    const manifest = JSON.stringify([{ Config: '../../x' }, { Config: 7 }, 'x', { RepoTags: ['not A tag'] }]);
    const { withoutDigest, problems } = await read(tarOf({ 'manifest.json': manifest }));
    expect(withoutDigest).toEqual([]);
    expect(problems).toHaveLength(3);
    expect(problems[0]?.reason).toBe('its config "../../x": it is not in the archive');
  });

  test.each([
    ['{}', 'it is not a list of images'],
    ['[', 'it is not a list of images'],
  ])('%s', async (content, message) => {
    expect((await rejection(read(tarOf({ 'manifest.json': content })))).message).toContain(message);
  });

  test('an OCI archive', async () => {
    const error = await rejection(read(tarOf({ 'index.json': '{}' })));
    expect(error.hint).toContain('oci-archive:');
  });
});
