import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { makeImage, makeIndex } from '../e2e/support/images.ts';
import { indexOf, manifestOf } from '../support/data-root.ts';
import { blobOf, contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { blobName, layout, partsOf, refName, writeFolder } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const other = makeImage('other', 'amd64');
const index = makeIndex('oci', { amd64: app, arm64: arm });
const context = contextWith();

function read(folder: string, tag = '') {
  return openEvidence(`oci:${folder}${tag}`).evidence(context);
}

async function offersIn(files: Record<string, Uint8Array | string>, tag = '') {
  const { describedDigests } = await read(await writeFolder(files), tag);
  return describedDigests.map(({ digest, repository, tag: own }) => ({ digest, repository, tag: own }));
}

const { digest } = app.manifests.oci;

test.each([
  ['no name', {}, undefined, undefined],
  ['a tag by itself, as skopeo writes it', refName('3.20'), undefined, '3.20'],
  ['latest is a tag', refName('latest'), undefined, 'latest'],
  [
    'a whole name, as skopeo writes it when it was given one',
    refName('docker.io/library/alpine:3.20'),
    'alpine',
    '3.20',
  ],
  ['a whole name of another registry', refName('127.0.0.1:5000/demo/app:1'), '127.0.0.1:5000/demo/app', '1'],
  ['a name with a tag', refName('alpine:3.20'), 'alpine', '3.20'],
  ['a name without a tag', refName('team/app'), 'team/app', undefined],
  [
    "containerd's name and its tag",
    { 'io.containerd.image.name': 'docker.io/library/alpine:3.20', ...refName('3.20') },
    'alpine',
    '3.20',
  ],
  ['what is no name at all', refName('!!!'), undefined, undefined],
  ['an empty one', refName(''), undefined, undefined],
] as const)('a layout with %s', async (_, annotations, repository, tag) => {
  const files = layout([{ manifest: app.manifests.oci, annotations }], partsOf(app));
  expect(await offersIn(files)).toEqual([{ digest, repository, tag }]);
});

describe('oci:DIR:TAG', () => {
  const files = layout(
    [
      { manifest: app.manifests.oci, annotations: refName('demo/app:1') },
      { manifest: other.manifests.oci, annotations: refName('other') },
    ],
    [...partsOf(app), ...partsOf(other)],
  );

  test.each(['demo/app:1', 'docker.io/demo/app:1'])('%s is the one image that is meant', async (tag) => {
    expect(await offersIn(files, `:${tag}`)).toEqual([{ digest, repository: 'demo/app', tag: '1' }]);
  });

  test('without it, all of them', async () => {
    expect(await offersIn(files)).toHaveLength(2);
  });

  test('that is not there: what is', async () => {
    const error = await rejection(read(await writeFolder(files), ':demo/app:2'));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain('index.json: no image in it has the name "demo/app:2"');
    expect(error.hint).toBe('it has "demo/app:1", "other"');
  });
});

test('an index, the manifests that it names, and the platforms that their configs say', async () => {
  const files = layout([{ manifest: index }], [index, ...partsOf(app), ...partsOf(arm)]);
  const evidence = await read(await writeFolder(files));
  expect([...evidence.manifests.keys()].sort()).toEqual(
    [index.digest, digest, arm.manifests.oci.digest].sort(),
  );
  expect(evidence.platforms).toEqual(
    new Map([
      [app.id, 'linux/amd64'],
      [arm.id, 'linux/arm64'],
    ]),
  );
  expect(matchEvidence(evidence, hereWith([arm])).proofs[0]).toMatchObject({ complete: true });
});

test('an index of which not all was copied', async () => {
  const evidence = await read(await writeFolder(layout([{ manifest: index }], [index, ...partsOf(arm)])));
  const local = hereWith([app], { 'x:1': app });
  expect(matchEvidence(evidence, local).matches).toMatchObject([{ outcome: 'manifest-missing' }]);
  expect(matchEvidence(evidence, hereWith([arm], { 'x:1': arm })).matches).toMatchObject([
    { outcome: 'restorable', reference: `x@${index.digest}` },
  ]);
});

test('what is no image is passed over, and named', async () => {
  const chart = blobOf(manifestOf(app.id, 'application/vnd.cncf.helm.config.v1+json'));
  const files = layout([{ manifest: app.manifests.oci }, { manifest: chart }], [...partsOf(app), chart]);
  const { describedDigests, problems } = await read(await writeFolder(files));
  expect(describedDigests).toHaveLength(1);
  expect(problems).toMatchObject([
    { reason: 'its media type is "application/vnd.cncf.helm.config.v1+json"' },
  ]);
});

test('claims come through the same source', async () => {
  const folder = await writeFolder(
    layout([{ manifest: app.manifests.oci, annotations: refName('a:1') }], partsOf(app)),
  );
  const { claims, proofs } = await openEvidence(`oci:${folder}`).claims(contextWith(hereWith([app])));
  expect(claims).toMatchObject([
    { reference: `a@${digest}`, imageId: app.id, source: `oci:${folder}`, proof: 'digest' },
    { reference: 'a:1', imageId: app.id, proof: 'file' },
  ]);
  expect(proofs).toMatchObject([{ digest, imageIds: [app.id], complete: true }]);
});

describe('a hostile or damaged layout', () => {
  const files = layout([{ manifest: index }], [index, ...partsOf(app), ...partsOf(arm)]);
  const changed = (name: string) => {
    const content = Buffer.from(files[name] ?? '');
    content[content.length - 2] = (content[content.length - 2] ?? 0) ^ 1;
    return { ...files, [name]: content };
  };

  test.each([
    ['a manifest with one byte changed', blobName(digest)],
    ['an index with one byte changed', blobName(index.digest)],
    ['a config with one byte changed', blobName(app.id)],
  ])('%s', async (_, name) => {
    const error = await rejection(read(await writeFolder(changed(name))));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain('its bytes hash to sha256:');
    expect(error.message).toContain(name);
  });

  test('an index that points to itself: its bytes cannot hash to what it names', async () => {
    const fake = `sha256:${'5'.repeat(64)}`;
    const folder = await writeFolder(layout([{ manifest: { ...index, digest: fake } }], []));
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    await writeFile(join(folder, blobName(fake)), JSON.stringify(indexOf([{ digest: fake }])));
    expect((await rejection(read(folder))).message).toContain('its bytes hash to');
  });

  test('a manifest of 5 GB', async () => {
    const folder = await writeFolder(files);
    await truncate(join(folder, blobName(index.digest)), 5 * 2 ** 30);
    const error = await rejection(read(folder));
    expect(error.code).toBe('LIMIT_EXCEEDED');
    expect(error.message).toContain(
      `${blobName(index.digest)}: it should be a manifest, and it has more than 4194304`,
    );
  });

  test('a blob that is a link, and folders that lead out', async () => {
    const outside = await writeFolder(files);
    const folder = await writeFolder(files);
    await rm(join(folder, blobName(digest)));
    await symlink(join(outside, blobName(digest)), join(folder, blobName(digest)));
    expect((await rejection(read(folder))).message).toContain(`${blobName(digest)}: it is a symbolic link`);
    await rm(join(folder, 'blobs'), { recursive: true });
    await symlink(join(outside, 'blobs'), join(folder, 'blobs'));
    expect((await rejection(read(folder))).message).toContain(`it leads out of ${folder}`);
  });

  test.each([
    ['no index.json', { 'oci-layout': '{}' }, 'index.json: it is not there'],
    ['an index.json that is cut', { 'index.json': '{"manifests":[' }, 'index.json: it is not JSON'],
    ['an index.json without images', { 'index.json': '{}' }, 'it holds no image'],
    ['nesting', { 'index.json': '['.repeat(20_000) }, 'index.json: it is nested too deeply'],
    [
      'a digest that leads out',
      { 'index.json': '{"manifests":[{"digest":"sha256:../../../../etc/passwd"}]}' },
      'its name is no digest that Docker knows',
    ],
    [
      'a manifest that is not there',
      { 'index.json': JSON.stringify(indexOf([{ digest }])) },
      `${blobName(digest)}: it is not there`,
    ],
  ])('%s', async (_, content, message) => {
    const error = await rejection(read(await writeFolder(content)));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(message);
  });

  test('a folder that is not there', async () => {
    const folder = join(await temporaryFolder(), 'none');
    expect((await rejection(read(folder))).code).toBe('READ_FAILED');
  });
});
