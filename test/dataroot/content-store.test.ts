import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readContentStore } from '../../src/dataroot/content-store.ts';
import { digestProofs } from '../../src/oci/digest-proofs.ts';
import { claimsOfContent } from '../../src/sources/content.ts';
import { Folder } from '../../src/system/folder.ts';
import { Problems } from '../../src/system/problems.ts';
import { ProgressTracker } from '../../src/util/progress.ts';
import { BoltBuilder, boltFile } from '../support/bolt-builder.ts';
import {
  contentMetadata,
  DataRoot,
  digestOf,
  indexOf,
  manifestOf,
  ociManifest,
  schema2,
} from '../support/data-root.ts';
import { unpackSample } from '../support/sample.ts';

/** Without another containerd, whatever this machine has. */
async function read(path: string, containerdRoot = '/nonexistent/containerd') {
  const problems = new Problems();
  const options = { tracker: new ProgressTracker({}), problems, containerdRoot };
  const { kept, damaged } = await readContentStore(Folder.open(path), options);
  return {
    kept,
    damaged,
    problems: problems.list,
    proofs: digestProofs(kept, 'content:'),
    claims: claimsOfContent(kept).map(({ reference, imageId }) => ({ reference, imageId })),
  };
}

const imageId = digestOf('image');
const other = digestOf('image of another platform');
const hub = (...repositories: string[]) => ({ 'docker.io': repositories.join(',') });

describe('what a manifest proves', () => {
  test.each([schema2, ociManifest, undefined])('an image manifest of type %s', async (mediaType) => {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId, mediaType));
    await root.metadata({ [digest]: { sources: hub('library/alpine', 'a/b'), images: [imageId] } });
    const { proofs, claims, problems } = await read(root.path);
    expect(problems).toEqual([]);
    expect(proofs).toEqual([
      { digest, imageIds: [imageId], complete: true, repositories: ['a/b', 'alpine'], source: 'content:' },
    ]);
    expect(claims).toEqual([
      { reference: `a/b@${digest}`, imageId },
      { reference: `alpine@${digest}`, imageId },
    ]);
  });

  test('an index proves the images of those of its manifests that were pulled, and is what the daemon records', async () => {
    const root = await DataRoot.make();
    const child = await root.blob(manifestOf(imageId));
    const attestation = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const index = await root.blob(
      indexOf([
        { digest: child },
        { digest: digestOf('not pulled') },
        { digest: digestOf('x'), annotations: attestation },
      ]),
    );
    const sources = hub('library/alpine');
    await root.metadata({
      [child]: { sources, images: [imageId] },
      [index]: { sources, images: [imageId] },
    });
    const { proofs, claims } = await read(root.path);
    expect(proofs.find(({ digest }) => digest === index)).toMatchObject({
      imageIds: [imageId],
      complete: false,
    });
    expect(claims).toEqual([{ reference: `alpine@${index}`, imageId }]);
  });

  test('an index with all of its images at hand is complete; each image it is kept for is claimed', async () => {
    const root = await DataRoot.make();
    const children = [await root.blob(manifestOf(imageId)), await root.blob(manifestOf(other))];
    const attestation = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const record = { digest: digestOf('record of a build'), annotations: attestation };
    const index = await root.blob(indexOf([...children.map((digest) => ({ digest })), record]));
    const sources = hub('library/alpine');
    await root.metadata({
      [children[0] as string]: { sources, images: [imageId] },
      [children[1] as string]: { sources, images: [other] },
      [index]: { sources, images: [imageId, other] },
    });
    const { proofs, claims } = await read(root.path);
    expect(proofs.find(({ digest }) => digest === index)).toMatchObject({
      imageIds: [imageId, other],
      complete: true,
    });
    expect(claims).toEqual([
      { reference: `alpine@${index}`, imageId },
      { reference: `alpine@${index}`, imageId: other },
    ]);
  });

  test('a manifest that was pulled by itself under another name than its index', async () => {
    const root = await DataRoot.make();
    const child = await root.blob(manifestOf(imageId));
    const index = await root.blob(indexOf([{ digest: child }]));
    await root.metadata({
      [child]: { sources: hub('library/alpine', 'mirror/alpine'), images: [imageId] },
      [index]: { sources: hub('library/alpine'), images: [imageId] },
    });
    const { claims } = await read(root.path);
    expect(claims.map(({ reference }) => reference).sort()).toEqual([
      `alpine@${index}`,
      `mirror/alpine@${child}`,
    ]);
  });

  test('two indexes that name each other end', async () => {
    // No hash can do that, but what a reader of indexes must not rely on is cheap to make: names without blobs.
    const root = await DataRoot.make();
    const inner = await root.blob(indexOf([{ digest: digestOf('x') }]));
    const outer = await root.blob(indexOf([{ digest: inner }]));
    await root.metadata({ [inner]: { images: [imageId] }, [outer]: { images: [imageId] } });
    const { proofs } = await read(root.path);
    expect(proofs.map(({ imageIds, complete }) => ({ imageIds, complete }))).toEqual([
      { imageIds: [], complete: false },
      { imageIds: [], complete: false },
    ]);
  });
});

describe('nothing is believed', () => {
  test('a blob that does not hash to its name, is cut, is a link, or is not there', async () => {
    const root = await DataRoot.make();
    const folder = 'containerd/daemon/io.containerd.content.v1.content/blobs/sha256';
    const names = ['changed', 'link', 'gone'].map((name) => digestOf(name));
    await root.write(`${folder}/${names[0]?.slice(7)}`, JSON.stringify(manifestOf(imageId)));
    await symlink('/etc/passwd', join(root.path, folder, names[1]?.slice(7) ?? ''));
    const kept = { sources: hub('a/b'), images: [imageId] };
    await root.metadata(Object.fromEntries(names.map((name) => [name, kept])));
    const { proofs, claims, problems } = await read(root.path);
    expect({ proofs, claims }).toEqual({ proofs: [], claims: [] });
    expect(problems.map(({ reason }) => reason).sort()).toEqual([
      'it is a symbolic link',
      'it is not there',
      'its bytes do not hash to its name',
    ]);
  });

  test('a lease for another image than the manifest names', async () => {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId));
    await root.metadata({ [digest]: { sources: hub('a/b'), images: [other] } });
    const { proofs, claims } = await read(root.path);
    expect(proofs).toMatchObject([{ digest, imageIds: [imageId] }]);
    expect(claims).toEqual([]);
  });

  test('blobs that are no manifests, and labels that are no names', async () => {
    const root = await DataRoot.make();
    const config = await root.blob({ os: 'linux', config: {}, rootfs: {} });
    const large = await root.blob('x'.repeat((4 << 20) + 1));
    const digest = await root.blob(manifestOf(imageId));
    const images = [imageId];
    await root.metadata({
      [config]: { images },
      [large]: { images },
      [digest]: {
        images,
        sources: {
          'docker.io': 'UPPER/case,,a/b:tag,library/ok,../x,ok@sha256:1',
          '': 'a/b',
          'host name': 'a/b',
          'example.com': 'x'.repeat(5000),
          'index.docker.io': 'library/alpine',
        },
      },
    });
    const { claims, kept, problems } = await read(root.path);
    expect(problems).toEqual([]);
    expect([...kept.keys()]).toEqual([digest]);
    expect(claims).toEqual([{ reference: `ok@${digest}`, imageId }]);
  });
});

describe('where content is kept', () => {
  test('what the containerd image store pulled has no lease, and is not the reference store’s', async () => {
    const { kept, problems } = await read(await unpackSample('containerd-store-28.5.2'));
    expect(kept.size).toBe(0);
    expect(problems).toEqual([]);
  });

  test('its labels leave the port out; the one with the port tells the name', async () => {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId));
    const sources = { 'example.com': 'a/b,c/d', 'example.com:5000': 'a/b' };
    await root.metadata({ [digest]: { sources, images: [imageId] } });
    const { claims } = await read(root.path);
    expect(claims.map(({ reference }) => reference).sort()).toEqual([
      `example.com/c/d@${digest}`,
      `example.com:5000/a/b@${digest}`,
    ]);
  });

  test('a containerd that runs by itself: only the namespaces of the daemon', async () => {
    const root = await DataRoot.make();
    const [content, system] = ['system', join(root.path, 'system')];
    const digests = [
      await root.blob(manifestOf(imageId), content),
      await root.blob(manifestOf(other), content),
    ];
    const [mine, theirs] = digests as [string, string];
    const { v1: moby } = contentMetadata({ [mine]: { sources: hub('a/b'), images: [imageId] } });
    const { v1: k8s } = contentMetadata({ [theirs]: { sources: hub('c/d'), images: [other] } }, 'k8s.io');
    await root.metaDb(boltFile({ v1: { ...moby, ...k8s } }), content);
    const { claims, kept } = await read(root.path, system);
    expect([...kept.keys()]).toEqual([mine]);
    expect(claims).toEqual([{ reference: `a/b@${mine}`, imageId }]);
    expect((await read(root.path)).kept.size).toBe(0);
  });

  test('both containerds: what is known is put together', async () => {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId));
    await root.blob(manifestOf(imageId), 'system');
    await root.metadata({ [digest]: { sources: hub('a/b'), images: [imageId] } });
    await root.metadata({ [digest]: { sources: hub('c/d'), images: [imageId] } }, { root: 'system' });
    const { kept } = await read(root.path, join(root.path, 'system'));
    expect(kept.get(digest)?.repositories).toEqual(['a/b', 'c/d']);
  });

  test('with userns-remap containerd is one folder up, in a namespace with a suffix', async () => {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId));
    const blobs = { [digest]: { sources: hub('a/b'), images: [imageId] } };
    await root.metadata(blobs, { namespace: 'moby-100000.100000' });
    await mkdir(join(root.path, '100000.100000'));
    const { claims } = await read(join(root.path, '100000.100000'));
    expect(claims).toEqual([{ reference: `a/b@${digest}`, imageId }]);
  });

  test('a content store that leads out of the data root', async () => {
    const outside = await DataRoot.make();
    await outside.blob(manifestOf(imageId));
    const root = await DataRoot.make();
    await symlink(join(outside.path, 'containerd'), join(root.path, 'containerd'));
    const { kept, problems } = await read(root.path);
    expect(kept.size).toBe(0);
    expect(problems[0]?.reason).toContain('it leads out of ');
  });
});

describe('containerd’s metadata is lost or damaged', () => {
  async function withMetaDb(bytes: Buffer | undefined) {
    const root = await DataRoot.make();
    const digest = await root.blob(manifestOf(imageId));
    if (bytes !== undefined) await root.metaDb(bytes);
    return { digest, ...(await read(root.path)) };
  }

  const cyclic = new BoltBuilder();
  const self = cyclic.reserve();
  cyclic.branch([{ key: 'v1', page: self }], self);

  test.each([
    ['missing', undefined, 'it is not there'],
    ['empty', Buffer.alloc(0), 'it is empty'],
    ['text', Buffer.alloc(10_000, 'text'), 'neither of its two meta pages is whole'],
    ['cut', boltFile(contentMetadata({ [imageId]: {} })).subarray(0, 8192), 'is not in the file'],
    ['with a cycle', cyclic.file(self), 'leads nowhere'],
  ])('%s: manifests still prove their digests, under no name', async (_, bytes, reason) => {
    const { digest, proofs, claims, problems, damaged } = await withMetaDb(bytes);
    expect([...problems, ...(damaged === undefined ? [] : [damaged])]).toEqual([
      { path: expect.stringContaining('meta.db'), reason: expect.stringContaining(reason) },
    ]);
    expect(proofs).toEqual([
      { digest, imageIds: [imageId], complete: true, repositories: [], source: 'content:' },
    ]);
    expect(claims).toEqual([]);
  });
});
