import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadArchive } from '../../src/load/load-archive.ts';
import { type PlanLoadOptions, planLoad } from '../../src/load/plan-load.ts';
import { dockerArchive, makeImage, makeIndex } from '../e2e/support/images.ts';
import { tar } from '../e2e/support/tar.ts';
import { type Behaviour, FakeDaemon } from '../support/fake-daemon.ts';
import {
  appName,
  archiveFile,
  archiveOf,
  armX,
  blobName,
  entriesOf,
  folderOf,
  imageX,
  type Layout,
  layout,
  layoutOf,
  makeBlob,
} from '../support/layouts.ts';
import { rejection } from '../support/rejection.ts';

const empty = '{"Repositories":{}}';
const name = `${appName}:1.0`;
const daemonWith = (behaviour: Behaviour = {}) => FakeDaemon.start(empty, [], behaviour);
const plan = (path: string, { engine }: FakeDaemon, options: Partial<PlanLoadOptions> = {}) =>
  planLoad(path, { engine, ...options });

async function load(path: string, daemon: FakeDaemon, options: Partial<PlanLoadOptions> = {}) {
  const planned = await plan(path, daemon, options);
  const said = await loadArchive(planned, { engine: daemon.engine });
  return { planned, said };
}

/** linux/amd64 and linux/arm64. */
function multi(kind: 'oci' | 'schema2', without: readonly string[] = []): { digest: string; files: Layout } {
  const index = makeIndex(kind, { amd64: imageX, arm64: armX });
  const blobs = [imageX, armX].flatMap(({ manifests, config, layer }) => [manifests[kind], config, layer]);
  const files = layout([{ top: index, name }], blobs);
  for (const digest of without) files.delete(blobName({ digest }));
  return { digest: index.digest, files };
}

describe("into the daemon's own image store", () => {
  test.each(['oci', 'schema2'] as const)('an archive of one image (%s): its ID is kept', async (kind) => {
    const daemon = await daemonWith();
    const { planned, said } = await load(await archiveOf(layoutOf(imageX, name, kind)), daemon);
    expect(planned).toMatchObject({
      imageStore: 'graphdriver',
      images: [
        {
          imageId: imageX.id,
          digest: imageX.manifests[kind].digest,
          platform: 'linux/amd64',
          tags: [name],
        },
      ],
      moved: [],
      remarks: [],
      size: imageX.layer.bytes.length,
    });
    expect(said).toEqual([`Loaded image: ${name}`]);
    expect(await daemon.engine.inspectImage(name)).toMatchObject({ id: imageX.id, tags: [name] });
  });

  test('a folder, and a packed archive', async () => {
    const daemon = await daemonWith();
    const files = layoutOf(imageX, name);
    await load(await folderOf(files), daemon);
    await load(await archiveFile(gzipSync(tar(entriesOf(files)))), daemon, { as: 'packed' });
    expect(await daemon.engine.inspectImage('packed:1.0')).toMatchObject({ id: imageX.id });
    expect(await daemon.engine.inspectImage(name)).toMatchObject({ id: imageX.id });
  });

  test.each(['oci', 'schema2'] as const)('an index (%s): the image of the host', async (kind) => {
    const daemon = await daemonWith();
    const { digest, files } = multi(kind);
    const { planned } = await load(await archiveOf(files), daemon);
    expect(planned.images).toEqual([{ imageId: imageX.id, digest, platform: 'linux/amd64', tags: [name] }]);
    expect(await daemon.engine.inspectImage(armX.id)).toBeUndefined();
  });

  test('an index: the image of --platform', async () => {
    const daemon = await daemonWith();
    const { planned } = await load(await archiveOf(multi('oci').files), daemon, {
      platform: 'linux/arm64/v8',
    });
    expect(planned.images).toMatchObject([{ imageId: armX.id, platform: 'linux/arm64' }]);
    expect(planned.remarks).toEqual([expect.stringMatching(/is for linux\/arm64, and the daemon runs on/)]);
  });

  test('only the image that is wanted has to be there', async () => {
    const daemon = await daemonWith();
    const { files } = multi('oci', [armX.manifests.oci.digest, armX.config.digest, armX.layer.digest]);
    await load(await archiveOf(files), daemon);
    const error = await rejection(plan(await archiveOf(files), daemon, { platform: 'linux/arm64' }));
    expect(error.message).toMatch(/for linux\/arm64, and the archive does not hold it$/);
  });

  test('no image, or several, for the platform', async () => {
    const daemon = await daemonWith();
    const none = await rejection(
      plan(await archiveOf(multi('oci').files), daemon, { platform: 'linux/s390x' }),
    );
    expect(none).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(none.message).toMatch(/has no image for linux\/s390x: it is for linux\/amd64, linux\/arm64$/);
    const [one, other] = [makeImage('one', 'amd64'), makeImage('other', 'amd64')];
    const index = makeIndex('oci', { amd64: one, x: other });
    const files = layout(
      [{ top: index, name }],
      [one, other].flatMap(({ manifests, config, layer }) => [manifests.oci, config, layer]),
    );
    const several = await rejection(plan(await archiveOf(files), daemon));
    expect(several.message).toMatch(/has 2 images for linux\/amd64/);
  });

  test('one image of another platform is refused where a platform was asked for', async () => {
    const daemon = await daemonWith();
    const archive = await archiveOf(layoutOf(armX, name));
    expect((await plan(archive, daemon)).remarks).toHaveLength(1);
    const error = await rejection(plan(archive, daemon, { platform: 'linux/amd64' }));
    expect(error.message).toMatch(/has no image for linux\/amd64: it is for linux\/arm64$/);
  });

  test('a tag that moves is told', async () => {
    const daemon = await daemonWith();
    const other = makeImage('older');
    await load(await archiveOf(layoutOf(other, name)), daemon);
    const { moved } = await plan(await archiveOf(layoutOf(imageX, name)), daemon);
    expect(moved).toEqual([{ tag: name, from: other.id, to: imageX.id }]);
  });

  test('what docker save wrote goes as it is, and proves no digest', async () => {
    const daemon = await daemonWith();
    const archive = await archiveFile(dockerArchive(imageX, [name]));
    const { planned } = await load(archive, daemon);
    expect(planned).toMatchObject({
      images: [{ imageId: imageX.id, digest: undefined, tags: [name] }],
      remarks: [expect.stringMatching(/does not keep the digests of a registry/)],
      evidence: { describedDigests: [] },
    });
    expect((await rejection(plan(archive, daemon, { as: 'x' }))).code).toBe('USAGE');
    expect((await rejection(plan(archive, daemon, { platform: 'linux/arm64' }))).code).toBe('SOURCE_FAILED');
  });

  test('the names: of the archive, or --as, or there are none', async () => {
    const daemon = await daemonWith();
    const nameless = await archiveOf(layoutOf(imageX));
    const tags = async (path: string, as?: string) =>
      (await plan(path, daemon, { as })).images.flatMap((image) => image.tags);
    expect(await tags(nameless, 'app')).toEqual(['app:latest']);
    expect(await tags(nameless, 'docker.io/library/app:2')).toEqual(['app:2']);
    expect(await tags(await archiveOf(layoutOf(imageX, '3.0')), 'app')).toEqual(['app:3.0']);
    expect(await tags(await archiveOf(layoutOf(imageX, name)), 'app')).toEqual(['app:1.0']);
    expect(await rejection(plan(nameless, daemon))).toMatchObject({
      code: 'USAGE',
      hint: 'say how it is to be called, with --as NAME:TAG',
    });
    expect((await rejection(plan(nameless, daemon, { as: `app@${imageX.id}` }))).code).toBe('USAGE');
    const tops = [imageX, armX].map(({ manifests }) => ({ top: manifests.oci }));
    const two = await archiveOf(layout(tops, [imageX.config, imageX.layer, armX.config, armX.layer]));
    expect((await rejection(plan(two, daemon, { as: 'app' }))).message).toMatch(
      /would be called app:latest$/,
    );
  });

  test('a daemon that gives the name to another image is not believed', async () => {
    const other = makeImage('other');
    const daemon = await daemonWith({ loadsAs: other.id });
    await writeFile(join(daemon.dataRoot, 'image/overlay2/imagedb/content/sha256', other.id.slice(7)), '{}');
    const error = await rejection(load(await archiveOf(layoutOf(imageX, name)), daemon));
    expect(error).toMatchObject({
      code: 'NOT_VERIFIED',
      details: { name, expected: imageX.id, found: other.id },
    });
  });

  test('what the daemon refuses is told in its words', async () => {
    const daemon = await daemonWith({ loadFails: 'no space left on device' });
    const error = await rejection(load(await archiveOf(layoutOf(imageX, name)), daemon));
    expect(error).toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('no space left on device'),
    });
  });
});

describe('into the containerd image store', () => {
  test.each([
    ['an OCI image', layoutOf(imageX, name), imageX.manifests.oci.digest],
    ['a schema 2 image', layoutOf(imageX, name, 'schema2'), imageX.manifests.schema2.digest],
    ['an OCI index', multi('oci').files, multi('oci').digest],
    ['a Docker list', multi('schema2').files, multi('schema2').digest],
  ])('%s: as it is, and its digest is asked for', async (_what, files, digest) => {
    const daemon = await daemonWith({ containerd: true });
    for (const path of [await archiveOf(files), await folderOf(files)]) {
      const { planned } = await load(path, daemon);
      expect(planned).toMatchObject({ imageStore: 'containerd', images: [{ imageId: digest, digest }] });
      expect(await daemon.engine.inspectImage(name)).toMatchObject({ id: digest });
    }
  });

  test('under its whole name, where the archive has only a familiar one', async () => {
    const daemon = await daemonWith({ containerd: true });
    await load(await archiveOf(layoutOf(imageX, 'local/app:1')), daemon);
    expect(await daemon.engine.inspectImage('local/app:1')).toMatchObject({
      id: imageX.manifests.oci.digest,
    });
  });

  test('under another name, with the same digest', async () => {
    const daemon = await daemonWith({ containerd: true });
    await load(await archiveOf(layoutOf(imageX, name)), daemon, { as: 'app:2', platform: 'linux/amd64' });
    const { digest } = imageX.manifests.oci;
    expect(await daemon.engine.inspectImage('docker.io/library/app:2')).toBeUndefined();
    expect(await daemon.engine.inspectImage('app:2')).toMatchObject({ id: digest });
    expect(await daemon.engine.inspectImage(name)).toBeUndefined();
  });

  test('a daemon with another digest is not believed', async () => {
    const daemon = await daemonWith({ containerd: true, loadsAs: `sha256:${'0'.repeat(64)}` });
    const error = await rejection(load(await archiveOf(layoutOf(imageX, name)), daemon));
    expect(error.code).toBe('NOT_VERIFIED');
  });
});

describe('what is damaged or hostile: refused with what and where, and nothing is loaded', () => {
  const { digest } = imageX.manifests.oci;
  const layer = blobName(imageX.layer);
  const spoiled = (change: (files: Layout) => void) => {
    const files = layoutOf(imageX, name);
    change(files);
    return tar(entriesOf(files));
  };
  const whole = tar(entriesOf(layoutOf(imageX, name)));
  const otherBytes = Buffer.from(imageX.layer.bytes);
  otherBytes[otherBytes.length - 1] = (otherBytes.at(-1) as number) ^ 1;
  const link = Buffer.from(whole);
  // The header of the layer becomes that of a symbolic link.
  const at = link.indexOf(layer);
  const header = link.subarray(at, at + 512);
  header[156] = '2'.charCodeAt(0);
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  header.copy(link, at);

  test.each([
    [
      'a name that leads out',
      spoiled((files) => files.set('../../etc/passwd', Buffer.from('x'))),
      /leads out of the archive/,
    ],
    [
      'an absolute name',
      spoiled((files) => files.set('/etc/passwd', Buffer.from('x'))),
      /leads out of the archive/,
    ],
    ['a layer that is a link', link, /a link|ends within|no header/],
    ['a cut end', whole.subarray(0, whole.length - 1024), /it ends/],
    ['an end within a layer', whole.subarray(0, at + 600), /it ends within/],
    [
      'a manifest with another byte',
      spoiled((files) =>
        files.set(
          blobName({ digest }),
          Buffer.from(imageX.manifests.oci.bytes.toString().replace('{', '{ ')),
        ),
      ),
      /its bytes hash to/,
    ],
    [
      'a config with another byte',
      spoiled((files) => files.set(blobName(imageX.config), Buffer.from('{}'))),
      /its bytes hash to|missing/,
    ],
    [
      'a layer that is missing',
      spoiled((files) => files.delete(layer)),
      /a layer of sha256:[0-9a-f]+: it is not in the archive/,
    ],
    [
      'a layer that is longer than its manifest says',
      spoiled((files) => files.set(layer, Buffer.concat([imageX.layer.bytes, Buffer.alloc(5)]))),
      /its manifest says|hash to|a layer of/,
    ],
    [
      'a layer with another byte',
      spoiled((files) => files.set(layer, otherBytes)),
      /its bytes hash to sha256:[0-9a-f]+, not to|a layer of/,
    ],
    ['what is no archive', Buffer.from('hello'), /it ends|no header/],
    [
      'an archive of something else',
      tar([{ name: 'README', content: Buffer.from('x') }]),
      /neither index\.json nor manifest\.json/,
    ],
  ])('%s', async (_what, bytes, message) => {
    const daemon = await daemonWith();
    const file = await archiveFile(bytes);
    const error = await rejection(load(file, daemon));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(file);
    expect(error.message).toMatch(message);
    expect(await daemon.engine.images()).toEqual([]);
    expect(await readFile(daemon.file, 'utf8')).toBe(empty);
  });

  test('a layer too large to be kept in memory, with another byte: broken off as it flows', async () => {
    const daemon = await daemonWith();
    const large = Buffer.alloc(5 << 20, 7);
    const claimed = { digest: `sha256:${'5'.repeat(64)}`, size: large.length };
    const manifest = JSON.parse(imageX.manifests.oci.bytes.toString());
    const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [claimed] }));
    const top = makeBlob(bytes);
    const spoiledLayout = layout([{ top, name }], [imageX.config]);
    spoiledLayout.set(blobName(claimed), large);
    const planned = await plan(await archiveOf(spoiledLayout), daemon);
    const error = await rejection(loadArchive(planned, { engine: daemon.engine }));
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(error.message).toMatch(
      /blobs\/sha256\/5+: its bytes hash to sha256:[0-9a-f]+, not to .*nothing was loaded$/,
    );
    expect(await daemon.engine.images()).toEqual([]);
  });

  test('a layer with another byte on its way into the containerd image store', async () => {
    const daemon = await daemonWith({ containerd: true });
    const file = await archiveFile(spoiled((files) => files.set(layer, otherBytes)));
    const error = await rejection(load(file, daemon));
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(error.message).toContain(`${file}: ${layer}: its bytes hash to`);
    expect(await daemon.engine.images()).toEqual([]);
  });

  test('an abort leaves nothing', async () => {
    const daemon = await daemonWith();
    const planned = await plan(await archiveOf(layoutOf(imageX, name)), daemon);
    const signal = AbortSignal.abort();
    const error = await rejection(loadArchive(planned, { engine: daemon.engine, signal }));
    expect(error.code).toBe('ABORTED');
    expect(await daemon.engine.images()).toEqual([]);
  });
});
