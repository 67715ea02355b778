import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import {
  makeDigestLock,
  type RequestedDigest,
  serializeDigestLock,
} from '../../src/sources/lock/digest-lock.ts';
import {
  requestedDigestsOfEvidence,
  requestedDigestsOfStore,
} from '../../src/sources/lock/requested-digests.ts';
import { makeImage, makeIndex } from '../e2e/support/images.ts';
import { contextWith, evidenceOf, hereWith, openEvidence } from '../support/evidence.ts';
import { writeFolder } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const other = makeImage('other', 'amd64');
const index = makeIndex('oci', { amd64: app, arm64: arm });
const single = other.manifests.schema2;
const evidence = evidenceOf(
  [index, app.manifests.oci, arm.manifests.oci, single],
  [
    { digest: index.digest, repository: 'demo/app', tag: '1' },
    { digest: single.digest, repository: 'other' },
    { digest: single.digest },
  ],
);
const ofIndex = `demo/app@${index.digest}`;
const ofSingle = `other@${single.digest}`;
const local = hereWith([app, other], {
  'demo/app:1': app,
  'demo/app:2': app,
  'demo/app:old': other,
  [ofIndex]: app,
  [ofSingle]: other,
  [`ghost@${index.digest}`]: `sha256:${'9'.repeat(64)}`,
});

describe('what is to be carried', () => {
  test('of a store: every digest of an image that is here, with the tags of its repository', () => {
    expect(requestedDigestsOfStore(local)).toEqual([
      { reference: ofIndex, image: app.id, platform: 'linux/amd64', tags: ['demo/app:1', 'demo/app:2'] },
      { reference: ofSingle, image: other.id, platform: 'linux/amd64', tags: [] },
    ]);
  });

  test('of a source: every digest that it names, for one platform or for all', () => {
    expect(requestedDigestsOfEvidence(evidence)).toEqual([
      { reference: ofIndex, image: app.id, platform: 'linux/amd64', tags: ['demo/app:1'] },
      { reference: ofIndex, image: arm.id, platform: 'linux/arm64', tags: ['demo/app:1'] },
      { reference: ofSingle, image: other.id, platform: undefined },
    ]);
    expect(requestedDigestsOfEvidence(evidence, 'linux/arm64').map(({ image }) => image)).toEqual([
      arm.id,
      other.id,
    ]);
  });
});

test('the document has what was asked for and the manifests that prove it, in order, and nothing else', () => {
  const { document, unproven } = makeDigestLock(requestedDigestsOfStore(local).reverse(), [evidence]);
  expect(unproven).toEqual([]);
  expect(document.digests).toEqual([
    {
      reference: ofIndex,
      digest: index.digest,
      image: app.id,
      platform: 'linux/amd64',
      tags: ['demo/app:1', 'demo/app:2'],
    },
    { reference: ofSingle, digest: single.digest, image: other.id, platform: 'linux/amd64' },
  ]);
  const expected = [index, app.manifests.oci, single].map(({ digest }) => digest).sort();
  expect(document.manifests.map(({ digest }) => digest)).toEqual(expected);
  expect(document.manifests.map(({ mediaType }) => mediaType).sort()).toEqual(
    [index, app.manifests.oci, single].map(({ mediaType }) => mediaType).sort(),
  );
  expect(serializeDigestLock(makeDigestLock(requestedDigestsOfStore(local), [evidence]).document)).toBe(
    serializeDigestLock(document),
  );
});

test('what no manifest proves is not in it, and said', () => {
  const requested: RequestedDigest = { reference: ofIndex, image: other.id };
  const { document, unproven } = makeDigestLock([requested], [evidenceOf([], []), evidence]);
  expect(unproven).toEqual([requested]);
  expect(document).toMatchObject({ digests: [], manifests: [] });
});

const { document: whole } = makeDigestLock(requestedDigestsOfStore(local), [evidence]);

async function read(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const folder = await writeFolder({ 'digests.json': text });
  return await openEvidence(`lock:${join(folder, 'digests.json')}`).evidence(contextWith());
}

test('lock: gives back what was exported', async () => {
  const { claims, matches } = matchEvidence(await read(serializeDigestLock(whole)), hereWith([app, other]));
  expect(matches).toMatchObject([
    { outcome: 'restorable', reference: ofIndex, imageId: app.id, tag: 'demo/app:1' },
    { outcome: 'restorable', reference: ofSingle, imageId: other.id },
  ]);
  expect(claims.map(({ reference, proof }) => [reference, proof])).toEqual([
    [ofIndex, 'digest'],
    ['demo/app:1', 'file'],
    ['demo/app:2', 'file'],
    [ofSingle, 'digest'],
  ]);
});

describe('a document that does not prove what it says is refused', () => {
  interface Loose {
    readonly digests: Record<string, unknown>[];
    readonly manifests: { data: string }[];
  }
  const changed = (change: (document: Loose) => void) => {
    const copy = structuredClone(whole) as unknown as Loose;
    change(copy);
    return copy;
  };
  const place = whole.manifests.findIndex(({ digest }) => digest === single.digest);

  test.each<[string, unknown, string]>([
    [
      'one byte of a manifest changed',
      changed(({ manifests }) => {
        const bytes = Buffer.from(manifests[place]?.data ?? '', 'base64');
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        Object.assign(manifests[place] ?? {}, { data: bytes.toString('base64') });
      }),
      `manifests[${place}] (${single.digest}): its bytes hash to sha256:`,
    ],
    [
      'another image',
      changed(({ digests }) => {
        Object.assign(digests[1] ?? {}, { image: app.id });
      }),
      `digests[1] (${ofSingle}): its manifest proves ${other.id}, not ${app.id}`,
    ],
    [
      'another digest',
      changed(({ digests }) => {
        Object.assign(digests[1] ?? {}, { digest: index.digest });
      }),
      `digests[1] (${ofSingle}): it is not a repository with the digest ${index.digest}`,
    ],
    [
      'a manifest that is not there',
      changed(({ manifests }) => {
        manifests.splice(place, 1);
      }),
      `digests[1] (${ofSingle}): its manifest is not in the document`,
    ],
    [
      'a name in another spelling',
      changed(({ digests }) => {
        Object.assign(digests[1] ?? {}, { reference: `docker.io/library/${ofSingle}` });
      }),
      'it is not a repository with the digest',
    ],
    [
      'another schema',
      { ...whole, schema: 'docker-refstore/digests/v3' },
      'schema: Invalid option: expected one of "docker-refstore/digests/v2"|"docker-refstore/digests/v1"',
    ],
    ['an unknown field', { ...whole, extra: 1 }, 'the document: Unrecognized key: "extra"'],
    [
      'no image',
      changed(({ digests }) => {
        delete digests[0]?.['image'];
      }),
      'digests[0].image: Invalid input: expected string',
    ],
    ['a list', [], 'the document: Invalid input: expected object'],
    ['cut', serializeDigestLock(whole).slice(0, -20), 'it is not JSON'],
    ['nested', '['.repeat(20_000), 'it is nested too deeply'],
  ])('%s', async (_, document, message) => {
    const error = await rejection(read(document));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(message);
    expect(error.hint).toBeDefined();
  });

  test('no file', async () => {
    const spec = `lock:${join(await temporaryFolder(), 'none')}`;
    expect((await rejection(openEvidence(spec).evidence(contextWith()))).message).toContain(
      'none: it is not there',
    );
  });
});

describe('configs of the images', () => {
  const configs = new Map([app, other].map(({ id, config }) => [id, config.bytes]));
  const withConfigs = { ...evidence, configs };

  test('are carried where they are at hand, one for each image, and read again with its platform', async () => {
    const { document, withoutConfig } = makeDigestLock(requestedDigestsOfStore(local), [
      evidence,
      withConfigs,
    ]);
    expect(withoutConfig).toEqual([]);
    expect(document.configs.map(({ digest }) => digest)).toEqual([app.id, other.id].sort());
    const found = await read(serializeDigestLock(document));
    expect(found.configs).toEqual(configs);
    expect(found.platforms.get(app.id)).toBe('linux/amd64');
  });

  test('are said to be lacking where they are not at hand', () => {
    const half = { ...evidence, configs: new Map([[other.id, other.config.bytes]]) };
    const { document, withoutConfig } = makeDigestLock(requestedDigestsOfStore(local), [half]);
    expect(withoutConfig).toEqual([ofIndex]);
    expect(document.digests).toHaveLength(2);
  });

  test('a byte of one changed: the document is refused', async () => {
    const { document } = makeDigestLock(requestedDigestsOfStore(local), [withConfigs]);
    const place = document.configs.findIndex(({ digest }) => digest === app.id);
    const bytes = Buffer.from(document.configs[place]?.data ?? '', 'base64');
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    const changed = structuredClone(document) as unknown as { configs: { data: string }[] };
    Object.assign(changed.configs[place] ?? {}, { data: bytes.toString('base64') });
    const error = await rejection(read(changed));
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(error.message).toContain(`configs[${place}] (${app.id}): its bytes hash to `);
  });

  test('a document of the first version, which has none, is read', async () => {
    const { configs: _configs, ...rest } = whole;
    const old = { ...rest, schema: 'docker-refstore/digests/v1' };
    const found = await read(old);
    expect(found.configs?.size).toBe(0);
    expect(found.describedDigests.map(({ digest }) => digest)).toContain(index.digest);
  });
});

test('tags of another repository are nothing that it may claim', async () => {
  const changed = {
    ...whole,
    digests: whole.digests.map((digest) => ({ ...digest, tags: ['root:latest', '!'] })),
  };
  const { claims } = matchEvidence(await read(changed), hereWith([app, other]));
  expect(claims.map(({ reference }) => reference)).toEqual([ofIndex, ofSingle]);
});
