import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Carried,
  type Kind,
  kinds,
  layoutArchive,
  makeCarried,
  pushCarried,
} from './support/carried.ts';
import { Dockerd, everyEngine } from './support/dockerd.ts';
import { type TestImage, unpackedArchive } from './support/images.ts';
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';
import { copyFromRegistry } from './support/skopeo.ts';

/** 20.10 has no other store than its own. */
const lines = everyEngine.filter((line) => line !== '20.10');
const sources = ['lock', 'oci-archive', 'dir', 'docker'] as const;
type Source = (typeof sources)[number];

interface Restored {
  readonly changed: boolean;
  readonly restart: null;
  readonly restored: readonly { readonly reference: string }[];
  readonly notRestored: readonly { readonly reference?: string; readonly reason: string }[];
}

describe.each(lines)('digests restore, Docker %s with the containerd image store', (line) => {
  let daemon: Dockerd;
  let registry: Registry;
  let starts: number;
  const carried: Carried[] = [];

  beforeAll(async () => {
    const config = { features: { 'containerd-snapshotter': true } };
    [daemon, registry] = await Promise.all([Dockerd.create({ line, config }), Registry.start()]);
    await daemon.start();
    starts = await daemon.starts();
  });

  afterAll(async () => {
    await daemon?.dispose();
    await registry?.stop();
  });

  const path = (name: string) => join(daemon.folder, name);

  /** As docker save writes it on a host with a graph driver: unpacked layers, and no registry's digest. */
  async function loadSaved(image: TestImage, tag: string): Promise<void> {
    await writeFile(path('saved.tar'), unpackedArchive(image, [tag]));
    await daemon.docker('load', '--quiet', '--input', path('saved.tar'));
  }

  async function arrive(kind: Kind, folder: string): Promise<Carried> {
    const image = makeCarried(kind, registry, folder);
    await pushCarried(registry, image);
    await loadSaved(image.image, image.tag);
    await expect(daemon.inspect(image.digest)).rejects.toThrow(/no such image/i);
    return image;
  }

  async function sourceOf(source: Source, image: Carried): Promise<string> {
    const place = path(image.repository.replaceAll('/', '-'));
    switch (source) {
      case 'docker':
        return `docker://${image.tag}`;
      case 'dir':
        await copyFromRegistry(image.digest, `dir:${place}`);
        return `dir:${place}`;
      case 'oci-archive':
        // skopeo cannot put a Docker list into an OCI archive as it is; other tools do.
        if (image.kind === 'Docker list') await writeFile(place, layoutArchive([image]));
        else await copyFromRegistry(image.digest, `oci-archive:${place}:${image.tag}`);
        return `oci-archive:${place}`;
      case 'lock': {
        const exported = await refstore(daemon, [
          'digests',
          'export',
          `--from=docker://${image.tag}`,
          '--out',
          place,
        ]);
        expect(exported).toMatchObject({ status: 0, stderr: '' });
        return `lock:${place}`;
      }
    }
  }

  const restore = (from: readonly string[], ...more: string[]) =>
    refstoreJson<Restored>(daemon, [
      'digests',
      'restore',
      '--yes',
      ...from.map((one) => `--from=${one}`),
      ...more,
    ]);

  test.each(sources)('%s: every kind of manifest, in one run', async (source) => {
    const images: Carried[] = [];
    const from: string[] = [];
    for (const kind of kinds) {
      const image = await arrive(kind, source);
      images.push(image);
      from.push(await sourceOf(source, image));
    }
    const wanted = images.map(({ digest }) => digest).sort();
    const dry = await restore(from, '--dry-run');
    expect(dry).toMatchObject({ status: 0, document: { changed: false, notRestored: [] } });
    for (const digest of wanted) await expect(daemon.inspect(digest)).rejects.toThrow(/no such image/i);

    const { status, document, stderr } = await restore(from);
    expect({ status, document, stderr }).toMatchObject({
      status: 0,
      document: { changed: true, effective: true, restart: null, notRestored: [] },
    });
    expect(document.restored.map(({ reference }) => reference).sort()).toEqual(wanted);
    for (const { tag, digest } of images) {
      // The tag stays at its whole image.
      expect(digest).not.toContain((await daemon.inspect(tag)).Id);
    }
    const again = await restore(from);
    expect(again).toMatchObject({ status: 0, document: { changed: false, restored: [] } });
    expect(again.document.notRestored.map(({ reason }) => reason)).toEqual(Array(4).fill('already-there'));
    carried.push(...images);
  });

  test('several digests and names of one image, and names that changed on the way', async () => {
    const image = await arrive('OCI manifest', 'renamed');
    const from = `docker://${image.tag}`;
    const { status, document } = await restore([from], `--map=${registry.name}/renamed/=renamed.example/`);
    expect({ status, document }).toMatchObject({ status: 0, document: { changed: true } });
    const [first] = document.restored;
    expect(first?.reference).toMatch(/^renamed\.example\/oci-manifest@sha256:/);
    expect(await daemon.docker('run', '--rm', '--network=none', '--pull=never', first?.reference ?? '')).toBe(
      image.greeting,
    );
  });

  describe('what is not proven gets no record', () => {
    const gone = async (digest: string) => {
      await expect(daemon.inspect(digest)).rejects.toThrow(/no such image/i);
      // 26.1 does not list an image whose layers are missing; its name would be there all the same.
      await expect(daemon.docker('rmi', digest)).rejects.toThrow(/no such image/i);
    };

    test('the manifest of another image, whose layers are not here', async () => {
      const [local, elsewhere] = [
        await arrive('OCI manifest', 'here'),
        makeCarried('OCI manifest', registry, 'elsewhere'),
      ];
      await pushCarried(registry, elsewhere);
      const repository = local.tag.replace(/:[^:/]*$/, '');
      const from = `docker://${elsewhere.tag}`;
      const { status, document } = await restore([from], `--as=${repository}`);
      expect({ status, document }).toMatchObject({ status: 1, document: { changed: false } });
      expect(document.notRestored).toMatchObject([{ reason: 'other-image' }]);
      await gone(`${repository}@${elsewhere.top.digest}`);
      await gone(elsewhere.digest);
    });

    test('a byte of the manifest, or of the config, changed', async () => {
      const image = await arrive('OCI index', 'changed');
      const file = (await sourceOf('lock', image)).slice('lock:'.length);
      const whole = JSON.parse(await readFile(file, 'utf8'));
      for (const part of ['manifests', 'configs']) {
        const changed = structuredClone(whole);
        const bytes = Buffer.from(changed[part][0].data, 'base64');
        bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
        changed[part][0].data = bytes.toString('base64');
        await writeFile(path('changed.json'), JSON.stringify(changed));
        const { status } = await restore([`lock:${path('changed.json')}`]);
        expect(status).toBe(2);
      }
      await gone(image.digest);
    });

    test('a lock document without configs: it says what it cannot prove', async () => {
      const image = await arrive('schema2 manifest', 'old');
      const file = (await sourceOf('lock', image)).slice('lock:'.length);
      const { configs: _configs, ...rest } = JSON.parse(await readFile(file, 'utf8'));
      const old = { ...rest, schema: 'docker-refstore/digests/v1' };
      await writeFile(path('old.json'), JSON.stringify(old));
      const { status, document } = await restore([`lock:${path('old.json')}`]);
      expect({ status, document }).toMatchObject({ status: 1, document: { changed: false } });
      expect(document.notRestored).toMatchObject([{ reference: image.digest, reason: 'config-missing' }]);
      await gone(image.digest);
    });
  });

  test('no restart, no container left; after one, a prune and the loss of a tag every digest runs, the registry gone', async () => {
    expect(await daemon.starts()).toBe(starts);
    expect(await daemon.docker('ps', '--all', '--quiet')).toBe('');
    expect(carried).toHaveLength(sources.length * kinds.length);
    const [first] = carried;
    if (first === undefined) throw new Error('nothing was restored');
    await daemon.docker('rmi', first.tag);
    await daemon.stop();
    await registry.stop();
    await daemon.start();
    await daemon.docker('image', 'prune', '--force');
    for (const { digest, greeting } of carried) {
      expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe(greeting);
    }
  });
});
