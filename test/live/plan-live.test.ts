import { expect, test } from 'vitest';
import { type KnownManifest, type LiveFacts, planLive } from '../../src/live/plan-live.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import type { Change } from '../../src/repositories/change.ts';
import { Repositories } from '../../src/repositories/repositories.ts';

const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const [idA, idB, ghost] = [id('a'), id('b'), id('c')];

function known(digest: string, value: unknown): KnownManifest {
  const bytes = Buffer.from(JSON.stringify(value));
  const manifest = parseManifest(bytes);
  if ('problem' in manifest) throw new Error(manifest.problem);
  return { digest, bytes, manifest };
}

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const ofA = known(id('1'), { mediaType, config: { digest: idA }, layers: [] });
const ofB = known(id('2'), { mediaType, config: { digest: idB }, layers: [] });
const index = known(id('3'), {
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    { digest: ofB.digest, platform: { os: 'linux', architecture: 'arm64' } },
    { digest: ofA.digest, platform: { os: 'linux', architecture: 'amd64' } },
  ],
});

function facts(entries: Readonly<Record<string, string>>): LiveFacts {
  return {
    before: Repositories.fromEntries(
      Object.entries(entries).map(([reference, imageId]) => {
        return { repository: reference.split(/[:@]/)[0] ?? '', reference, imageId };
      }),
    ),
    images: new Set([idA, idB]),
    manifests: new Map([ofA, ofB, index].map((one) => [one.digest, one])),
  };
}

const add = (reference: string, image: string): Change => ({
  op: 'add',
  repository: 'app',
  reference,
  image,
});
const remove = (reference: string, from: string): Change => ({
  op: 'remove',
  repository: 'app',
  reference,
  from,
});

test('a digest of an index is pulled with the index and the one manifest that leads to the image', () => {
  const { steps, impossible } = planLive([add(`app@${index.digest}`, idA)], facts({ 'app:1': idA }));
  expect(impossible).toEqual([]);
  expect(steps).toMatchObject([
    {
      way: 'pull',
      pull: {
        domain: 'docker.io',
        path: 'library/app',
        manifests: [{ digest: index.digest }, { digest: ofA.digest }],
        platform: 'linux/amd64',
      },
    },
  ]);
});

test.each([
  ['a digest whose manifest proves another image', add(`app@${ofB.digest}`, idA), 'do not prove it'],
  ['a digest without a manifest', add(`app@${id('9')}`, idA), 'no manifest at hand'],
  ['a tag for an image that is not there', add('app:2', ghost), 'does not have the image'],
  ['a tag at an image that is gone', remove('app:ghost', ghost), 'which is gone'],
  ['a digest at an image that is gone', remove(`app@${id('8')}`, ghost), 'neither removes nor overwrites'],
  ['a key that no request can name', { ...remove('app', idA) }, 'no request to the daemon can name'],
  ['the last name of an image', remove('app:b', idB), 'would delete the image'],
  ['the last tag beside digests', remove('app:1', idA), 'would remove app@'],
])('%s cannot be changed live', (_, change, reason) => {
  const before = facts({ 'app:1': idA, [`app@${ofA.digest}`]: idA, 'app:b': idB, 'app:ghost': ghost });
  const { steps, impossible } = planLive([change], before);
  expect(steps).toEqual([]);
  expect(impossible).toEqual([{ change, reason: expect.stringContaining(reason) }]);
});

test('what adds comes before what removes, and digests go before the last tag', () => {
  const before = facts({ 'app:1': idA, [`app@${ofA.digest}`]: idA });
  const changes = [remove('app:1', idA), remove(`app@${ofA.digest}`, idA), add('app:2', idA)];
  const { steps, impossible } = planLive(changes, before);
  expect(impossible).toEqual([]);
  expect(steps.map(({ change }) => change.reference)).toEqual(['app:2', `app@${ofA.digest}`, 'app:1']);
});
