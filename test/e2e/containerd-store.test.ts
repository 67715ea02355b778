import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Carried,
  damagedArchive,
  type Kind,
  kinds,
  layoutArchive,
  makeCarried,
  pushCarried,
} from './support/carried.ts';
import { Dockerd, everyEngine } from './support/dockerd.ts';
import { adding, refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';
import { copyFromRegistry } from './support/skopeo.ts';

/** 20.10 has no other store than its own. */
const lines = everyEngine.filter((line) => line !== '20.10');

interface Failed {
  readonly error: { readonly code: string };
}

describe.each(lines)('Docker %s with the containerd image store', (line) => {
  let daemon: Dockerd;
  let registry: Registry;
  let carried: Record<Kind, Carried>;
  let converted: Carried;

  const archive = (image: Carried) => join(daemon.folder, `${image.repository.replaceAll('/', '-')}.tar`);

  beforeAll(async () => {
    const config = { features: { 'containerd-snapshotter': true } };
    [daemon, registry] = await Promise.all([Dockerd.create({ line, config }), Registry.start()]);
    await daemon.start();
    carried = Object.fromEntries(
      kinds.map((kind) => [kind, makeCarried(kind, registry, 'carried')]),
    ) as Record<Kind, Carried>;
    for (const image of Object.values(carried)) {
      await pushCarried(registry, image);
      // skopeo cannot put a Docker list into an OCI archive as it is; other tools do.
      if (image.kind === 'Docker list') await writeFile(archive(image), layoutArchive([image]));
      else await copyFromRegistry(image.digest, `oci-archive:${archive(image)}:${image.tag}`);
    }
    converted = makeCarried('Docker list', registry, 'converted');
    await pushCarried(registry, converted);
    await copyFromRegistry(converted.tag, `oci-archive:${archive(converted)}:${converted.tag}`, ['--all']);
  });

  afterAll(async () => {
    await daemon?.dispose();
    await registry?.stop();
  });

  test.each(kinds)(
    'load: %s, whose digest then holds by the daemon, the archive and the registry',
    async (kind) => {
      const image = carried[kind];
      const loaded = await refstoreJson(daemon, ['load', archive(image), '--yes']);
      expect(loaded).toMatchObject({ status: 0, document: { imageStore: 'containerd', write: null } });
      for (const against of [`oci-archive:${archive(image)}`, `docker://${image.tag}`]) {
        const verified = await refstoreJson(daemon, [
          'verify',
          '--strict',
          image.digest,
          `--against=${against}`,
        ]);
        expect(verified).toMatchObject({
          status: 0,
          document: { imageStore: 'containerd', digests: [{ reference: image.digest, standing: 'holds' }] },
        });
      }
      expect((await daemon.inspect(image.tag)).RepoDigests).toEqual([image.digest]);
    },
  );

  test('what was converted on the way does not hold: the registry has it by another digest', async () => {
    const { tag, digest } = converted;
    expect((await refstore(daemon, ['load', archive(converted), '--yes'])).status).toBe(0);
    const { status, document } = await refstoreJson(daemon, ['verify', tag, `--against=docker://${tag}`]);
    expect({ status, document }).toMatchObject({
      status: 1,
      document: {
        holds: false,
        digests: [{ standing: 'not-provable' }, { reference: digest, standing: 'absent', tag }],
      },
    });
    expect((await refstore(daemon, ['verify', digest])).status).toBe(1);
  });

  test('a name of Docker Hub: loaded, found and run', async () => {
    const image = makeCarried('OCI manifest', undefined, 'hub');
    await writeFile(archive(image), layoutArchive([image]));
    expect(await refstoreJson(daemon, ['load', archive(image), '--yes'])).toMatchObject({ status: 0 });
    expect((await daemon.inspect(image.tag)).RepoDigests).toEqual([image.digest]);
    expect(await daemon.docker('run', '--rm', '--network=none', image.digest)).toBe(image.greeting);
  });

  test('load: a layer that is not what its digest says is refused, and nothing is loaded', async () => {
    const image = makeCarried('OCI manifest', registry, 'damaged', 20 << 20);
    await writeFile(archive(image), damagedArchive(image));
    const { status, document } = await refstoreJson<Failed>(daemon, ['load', archive(image), '--yes']);
    expect({ status, document }).toMatchObject({ status: 2, document: { error: { code: 'SOURCE_FAILED' } } });
    await expect(daemon.inspect(image.tag)).rejects.toThrow(/no such image/i);
    expect(await daemon.docker('image', 'ls', '--all')).not.toContain(image.repository);
  });

  test('without the registry, every kind runs by its digest, and holds', async () => {
    await registry.stop();
    for (const { digest, greeting } of Object.values(carried)) {
      expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe(greeting);
    }
    const all = Object.values(carried);
    const against = all.map((image) => `--against=oci-archive:${archive(image)}`);
    const verified = await refstore(daemon, [
      'verify',
      '--strict',
      ...all.map(({ digest }) => digest),
      ...against,
    ]);
    expect(verified.status).toBe(0);
  });

  describe('a store that the daemon does not go by', () => {
    let patch: string;

    beforeAll(async () => {
      patch = join(daemon.folder, 'patch.json');
      await writeFile(patch, adding(carried['OCI manifest'].image.id, 'team/app:1'));
    });

    const commands = () => [
      ['patch', patch, '--yes'],
      ['patch', patch, '--yes', '--restart', '--manager=pidfile', `--pid-file=${daemon.pidFile}`],
    ];

    /** Every file and folder of the legacy store, with what it holds and when it was written. */
    async function legacyStore(): Promise<readonly unknown[]> {
      const root = join(daemon.root, 'image');
      const names = await readdir(daemon.root);
      if (!names.includes('image')) return [];
      const found: unknown[] = [];
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        const { ino, mtimeMs, mode } = await stat(path);
        // The lock is taken before the daemon is asked, which touches the folder.
        const own = entry.isFile() ? { mtimeMs, content: await readFile(path, 'utf8') } : {};
        found.push({ path, ino, mode, ...own });
      }
      return found;
    }

    async function expectRefusals(): Promise<void> {
      const before = await legacyStore();
      const starts = await daemon.starts();
      for (const command of commands()) {
        const { status, document, stderr } = await refstoreJson<Failed>(daemon, command);
        expect({ command, status, document, stderr }).toMatchObject({
          status: 3,
          document: { error: { code: 'CONTAINERD_IMAGE_STORE' } },
        });
      }
      expect(await legacyStore()).toEqual(before);
      expect(await daemon.starts()).toBe(starts);
    }

    test('is not made', async () => {
      await expectRefusals();
      expect(await legacyStore()).toEqual([]);
    });

    test('is not changed, where one was left from before the switch', async () => {
      const folder = join(daemon.root, 'image/overlay2');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'repositories.json'), '{"Repositories":{}}');
      await expectRefusals();
      expect(await legacyStore()).toHaveLength(2);
    });
  });
});
