import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { makeImage, makeIndex, type TestImage } from '../e2e/support/images.ts';
import { indexOf } from '../support/data-root.ts';
import { contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { type Files, writeFolder } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';

const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const index = makeIndex('schema2', { amd64: app, arm64: arm });
const hex = (digest: string) => digest.slice('sha256:'.length);
const blobs = ({ config, layer }: TestImage) => ({
  [hex(config.digest)]: config.bytes,
  [hex(layer.digest)]: layer.bytes,
});

async function read(files: Files) {
  const folder = await writeFolder({ version: 'Directory Transport Version: 1.1\n', ...files });
  return await openEvidence(`dir:${folder}`).evidence(contextWith());
}

test('one manifest, without a name', async () => {
  const evidence = await read({ 'manifest.json': app.manifests.schema2.bytes, ...blobs(app) });
  const { digest } = app.manifests.schema2;
  expect(evidence.describedDigests).toMatchObject([{ digest, repository: undefined }]);
  expect(evidence.platforms).toEqual(new Map([[app.id, 'linux/amd64']]));
  expect(matchEvidence(evidence, hereWith([app], { 'demo/app:1': app })).matches).toMatchObject([
    { outcome: 'restorable', reference: `demo/app@${digest}` },
  ]);
});

test('a list and its manifests, as skopeo copy --all leaves them', async () => {
  const children = [app, arm].map(({ manifests: { schema2 } }) => [
    `${hex(schema2.digest)}.manifest.json`,
    schema2.bytes,
  ]);
  const files = {
    'manifest.json': index.bytes,
    ...Object.fromEntries(children),
    ...blobs(app),
    ...blobs(arm),
  };
  const evidence = await read(files);
  expect(evidence.manifests.size).toBe(3);
  expect(matchEvidence(evidence, hereWith([arm], { 'a:1': arm })).matches).toMatchObject([
    { outcome: 'restorable', reference: `a@${index.digest}`, imageId: arm.id },
  ]);
});

describe('a hostile or damaged folder', () => {
  test.each<[string, Files, string]>([
    ['nothing', {}, 'manifest.json: it is not there'],
    ['a manifest that is none', { 'manifest.json': '{}' }, 'manifest.json: it names no config'],
    [
      'a config that is another',
      { 'manifest.json': app.manifests.oci.bytes, [hex(app.id)]: '{}' },
      `${hex(app.id)}: its bytes hash to`,
    ],
    [
      'a part of a list that is another',
      { 'manifest.json': index.bytes, [`${hex(app.manifests.schema2.digest)}.manifest.json`]: '{}' },
      'its bytes hash to',
    ],
    [
      'a list that points to itself',
      {
        'manifest.json': JSON.stringify(indexOf([{ digest: `sha256:${'5'.repeat(64)}` }])),
        [`${'5'.repeat(64)}.manifest.json`]: JSON.stringify(
          indexOf([{ digest: `sha256:${'5'.repeat(64)}` }]),
        ),
      },
      'its bytes hash to',
    ],
  ])('%s', async (_, files, message) => {
    const error = await rejection(read(files));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(message);
  });
});
