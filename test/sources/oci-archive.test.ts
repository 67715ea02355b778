import { execFile } from 'node:child_process';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { dockerArchive, makeImage, makeIndex, type TestImage } from '../e2e/support/images.ts';
import { tar } from '../e2e/support/tar.ts';
import { manifestOf, ociManifest, sha256 } from '../support/data-root.ts';
import { blobOf, contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { blobName, layout, partsOf, refName, tarOf, writeArchive, writeFolder } from '../support/layout.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const execute = promisify(execFile);
const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const index = makeIndex('oci', { amd64: app, arm64: arm });
const files = layout(
  [{ manifest: index, annotations: refName('demo/app:1') }],
  [index, ...partsOf(app), ...partsOf(arm)],
);
const archive = tarOf(files);

function read(file: string, more = {}) {
  return openEvidence(`oci-archive:${file}`).evidence(contextWith(undefined, more));
}

async function verdictsOf(bytes: Uint8Array) {
  const evidence = await read(await writeArchive(bytes));
  return matchEvidence(evidence, hereWith([app])).matches.map(({ outcome, reference }) => [
    outcome,
    reference,
  ]);
}

const restorable = [['restorable', `demo/app@${index.digest}`]];

describe('an archive of an OCI layout', () => {
  test('plain, whatever the order of its entries', async () => {
    expect(await verdictsOf(archive)).toEqual(restorable);
    expect(await verdictsOf(tarOf(Object.fromEntries(Object.entries(files).reverse())))).toEqual(restorable);
  });

  test('packed with gzip', async () => {
    expect(await verdictsOf(zlib.gzipSync(archive))).toEqual(restorable);
  });

  const canUnpackZstd = 'createZstdDecompress' in zlib;

  test('packed with zstd: read where Node can, refused with a word on what to do where it cannot', async () => {
    const file = await writeArchive(archive);
    await execute('zstd', ['-q', file, '-o', `${file}.zst`]);
    if (canUnpackZstd) {
      expect((await read(`${file}.zst`)).describedDigests).toHaveLength(1);
      return;
    }
    const error = await rejection(read(`${file}.zst`));
    expect(error.message).toContain('it is packed with zstd, which Node');
    expect(error.hint).toContain('zstd -d');
  });

  test('written by GNU tar, with folders and ./ before the names', async () => {
    const folder = await writeFolder(files);
    const file = join(await temporaryFolder(), 'a.tar');
    await execute('tar', ['-czf', file, '-C', folder, '.']);
    expect((await read(file)).describedDigests).toHaveLength(1);
  });

  test('one image of it', async () => {
    const two = layout(
      [
        { manifest: app.manifests.oci, annotations: refName('1') },
        { manifest: arm.manifests.oci, annotations: refName('2') },
      ],
      [...partsOf(app), ...partsOf(arm)],
    );
    const file = await writeArchive(tarOf(two));
    expect((await read(`${file}:2`)).describedDigests).toMatchObject([{ digest: arm.manifests.oci.digest }]);
    expect((await rejection(read(`${file}:3`))).hint).toBe('it has "1", "2"');
  });
});

describe('an archive of docker save', () => {
  /** Over unpacked layers, as an engine with its own image store writes it. */
  function saved(image: TestImage) {
    const diffId = JSON.parse(image.config.bytes.toString()).rootfs.diff_ids[0];
    const manifest = blobOf(
      manifestOf(image.id, ociManifest, { layers: [{ digest: diffId, size: 1 }] }),
      ociManifest,
    );
    const annotations = { 'io.containerd.image.name': 'docker.io/demo/app:1', ...refName('1') };
    const list = [{ Config: blobName(image.id), RepoTags: ['demo/app:1'], Layers: [blobName(diffId)] }];
    return {
      ...layout([{ manifest, annotations }], [manifest, image.config]),
      'manifest.json': JSON.stringify(list),
    };
  }

  test('its manifest is of its own making: no digest of a registry', async () => {
    const evidence = await read(await writeArchive(tarOf(saved(app))));
    expect(evidence.describedDigests).toEqual([]);
    expect(matchEvidence(evidence, hereWith([app])).matches).toMatchObject([
      { outcome: 'no-digest', imageId: app.id, tag: 'demo/app:1' },
    ]);
  });

  test('of the containerd image store keeps the manifest that was pulled', async () => {
    const pulled = { ...files, 'manifest.json': '[]' };
    expect(await verdictsOf(tarOf(pulled))).toEqual(restorable);
  });
});

describe('a hostile or damaged archive', () => {
  test.each([100, 600, 3000, 5000, archive.length - 1024, archive.length - 1500])(
    'cut at byte %i',
    async (length) => {
      const error = await rejection(read(await writeArchive(archive.subarray(0, length))));
      expect(error.code).toBe('SOURCE_FAILED');
      expect(error.message).toMatch(/image\.tar: byte [0-9]+: it ends with/);
    },
  );

  test.each([20, 200, 500])('packed, and cut at byte %i', async (length) => {
    const error = await rejection(read(await writeArchive(zlib.gzipSync(archive).subarray(0, length))));
    expect(error.message).toContain('image.tar: it cannot be unpacked (gzip): unexpected end of file');
  });

  test('packed, and changed', async () => {
    const packed = zlib.gzipSync(archive);
    packed.fill(0xff, 300, 330);
    const error = await rejection(read(await writeArchive(packed)));
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(error.message).toMatch(/it cannot be unpacked|byte [0-9]+ of what it unpacks to/);
  });

  test.each([
    ['../../etc/cron.d/x', '"../../etc/cron.d/x"'],
    ['/etc/passwd', '"/etc/passwd"'],
    ['blobs/../../x', '"blobs/../../x"'],
    ['..', '".."'],
    ['a\\..\\b', '"a\\\\..\\\\b"'],
  ])('an entry of the name %s', async (name, shown) => {
    const error = await rejection(read(await writeArchive(tarOf({ ...files, [name]: 'x' }))));
    expect(error.message).toContain(`the entry ${shown} leads out of the archive`);
    expect(error.message).toMatch(/: byte [0-9]+: /);
  });

  test('links in the place of blobs are not followed', async () => {
    const folder = await writeFolder(files);
    const name = blobName(app.manifests.oci.digest);
    await execute('ln', ['-sf', '/etc/passwd', join(folder, name)]);
    const file = join(await temporaryFolder(), 'a.tar');
    await execute('tar', ['-cf', file, '-C', folder, '.']);
    expect((await rejection(read(file))).message).toContain(
      `${name}: it is a link, and links are not followed`,
    );
  });

  test('index.json twice, with two contents', async () => {
    const entry = (content: string) => ({ name: 'index.json', content: Buffer.from(content) });
    const twice = Buffer.concat([tar([entry('{}')]).subarray(0, 1024), archive]);
    expect((await rejection(read(await writeArchive(twice)))).message).toContain(
      'it holds "index.json" twice',
    );
  });

  test('a manifest with one byte changed', async () => {
    const name = blobName(app.manifests.oci.digest);
    for (const place of [0, 30]) {
      const content = Buffer.from(files[name] ?? '');
      content[place] = (content[place] ?? 0) ^ 1;
      const error = await rejection(read(await writeArchive(tarOf({ ...files, [name]: content }))));
      expect(error.message).toContain(`${name}: its bytes hash to sha256:${sha256(content)}`);
    }
  });

  test('a manifest of 5 GB: neither read nor held', async () => {
    const { [blobName(index.digest)]: _, ...rest } = files;
    const behind = tarOf(rest);
    const header = Buffer.from(tarOf({ [blobName(index.digest)]: '' }).subarray(0, 512));
    header.write(`${(5 * 2 ** 30).toString(8).padStart(11, '0')}\0`, 124);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const file = await writeArchive(header);
    await truncate(file, 512 + 5 * 2 ** 30);
    await execute('sh', ['-c', `cat "$1" >> "$2"`, 'sh', await writeArchive(behind), file]);
    const error = await rejection(read(file));
    expect(error.code).toBe('LIMIT_EXCEEDED');
    expect(error.message).toContain(
      `${blobName(index.digest)}: it should be a manifest, and it has 5368709120 bytes`,
    );
  });

  test('a bomb: gigabytes of zeros in a few megabytes', async () => {
    // A layer that the tar header says is huge, packed a thousandfold.
    const header = Buffer.from(tarOf({ layer: '' }).subarray(0, 512));
    header.write(`${(4 * 2 ** 30).toString(8).padStart(11, '0')}\0`, 124);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const zeros = zlib.gzipSync(Buffer.alloc(64 << 20));
    // Members of one gzip file are unpacked one behind the other.
    const bomb = Buffer.concat([zlib.gzipSync(header), ...Array.from({ length: 20 }, () => zeros)]);
    const before = process.memoryUsage().rss;
    const error = await rejection(read(await writeArchive(bomb)));
    expect(error.code).toBe('LIMIT_EXCEEDED');
    expect(error.message).toContain('unpack to more than 200 times as much (gzip)');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  });

  test.each([
    [
      'docker save’s archive without a layout',
      dockerArchive(app, ['a:1']),
      'index.json: it is not in the archive',
    ],
    ['a text', Buffer.from('hello, world\n'.repeat(100)), 'byte 0: there is no header of a tar archive'],
    ['nothing', Buffer.alloc(0), 'byte 0: it ends without the blocks'],
  ])('%s', async (_, bytes, message) => {
    const error = await rejection(read(await writeArchive(bytes)));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(message);
  });

  test('no file, a folder, a fifo', async () => {
    const folder = await temporaryFolder();
    expect((await rejection(read(join(folder, 'none')))).code).toBe('READ_FAILED');
    expect(await rejection(read(folder))).toMatchObject({
      code: 'NOT_A_REGULAR_FILE',
      hint: 'an image in a folder is read with oci: or dir:',
    });
    await execute('mkfifo', [join(folder, 'fifo')]);
    expect((await rejection(read(join(folder, 'fifo')))).code).toBe('NOT_A_REGULAR_FILE');
  });
});

test.each([archive, zlib.gzipSync(archive)])('an abort is heard (%#)', async (bytes) => {
  const error = await rejection(read(await writeArchive(bytes), { signal: AbortSignal.abort() }));
  expect(error.code).toBe('ABORTED');
});
