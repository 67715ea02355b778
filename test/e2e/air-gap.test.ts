import { readFile, writeFile } from 'node:fs/promises';
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
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';
import { copyFromRegistry } from './support/skopeo.ts';

/** All but the first are read when the registry is gone. */
const transports = ['docker', 'lock', 'dir', 'oci-archive'] as const;
type Transport = (typeof transports)[number];

describe.each(everyEngine)('Docker %s', (line) => {
  let daemon: Dockerd;
  let registry: Registry;
  /** An image of its own for each transport and kind. */
  const carried = new Map<Transport, Carried[]>();
  /** For each transport, what --from and --against are given. */
  const sources = new Map<Transport, string[]>();
  let forLoad: Carried[];
  let ofHub: Carried;
  let bySkopeo: Carried;
  let damaged: Carried;

  beforeAll(async () => {
    [daemon, registry] = await Promise.all([Dockerd.create({ line }), Registry.start()]);
    await daemon.start();
    for (const transport of transports) {
      const images = kinds.map((kind) => makeCarried(kind, registry, transport));
      carried.set(transport, images);
      for (const image of images) {
        await pushCarried(registry, image);
        await daemon.load(image.image, image.tag);
      }
      sources.set(transport, await sourcesOf(transport, images));
    }
    forLoad = kinds.map((kind) => makeCarried(kind, registry, 'load'));
    ofHub = makeCarried('OCI manifest', undefined, 'hub');
    await writeFile(join(daemon.folder, 'all.tar'), layoutArchive([...forLoad, ofHub]));
    damaged = makeCarried('OCI manifest', registry, 'damaged', 20 << 20);
    await writeFile(join(daemon.folder, 'damaged.tar'), damagedArchive(damaged));
    bySkopeo = makeCarried('OCI index', registry, 'skopeo');
    await pushCarried(registry, bySkopeo);
    await copyFromRegistry(bySkopeo.digest, `oci-archive:${join(daemon.folder, 'one.tar')}:${bySkopeo.tag}`);
  });

  afterAll(async () => {
    await daemon?.dispose();
    await registry?.stop();
  });

  async function sourcesOf(transport: Transport, images: readonly Carried[]): Promise<string[]> {
    if (transport === 'docker') return images.map(({ tag }) => `docker://${tag}`);
    const place = (name: string) => join(daemon.folder, `${transport}-${name}`);
    if (transport === 'lock') {
      const lock = place('all.json');
      const from = images.map(({ tag }) => `--from=docker://${tag}`);
      const exported = await refstore(daemon, ['digests', 'export', ...from, `--out=${lock}`]);
      expect(exported).toMatchObject({ status: 0, stderr: '' });
      return [`lock:${lock}`];
    }
    const given: string[] = [];
    for (const image of images) {
      const path = place(image.kind.replaceAll(' ', '-'));
      given.push(`${transport}:${path}`);
      if (transport === 'dir') await copyFromRegistry(image.digest, `dir:${path}`);
      else if (image.kind === 'Docker list') await writeFile(path, layoutArchive([image]));
      else await copyFromRegistry(image.digest, `oci-archive:${path}:${image.tag}`);
    }
    return given;
  }

  const restart = () => ['--restart', '--manager=pidfile', `--pid-file=${daemon.pidFile}`, '--yes'];

  async function expectDigests(images: readonly Carried[], has: (carried: Carried) => readonly string[]) {
    const inspected = await daemon.inspectAll(images.map(({ tag }) => tag));
    expect(inspected.map(({ Id, RepoDigests }) => ({ Id, RepoDigests }))).toEqual(
      images.map((one) => ({ Id: one.image.id, RepoDigests: has(one) })),
    );
  }

  async function restore(transport: Transport): Promise<void> {
    const images = carried.get(transport) ?? [];
    const given = sources.get(transport) ?? [];
    await expectDigests(images, () => []);
    const starts = await daemon.starts();
    const from = given.map((source) => `--from=${source}`);
    const { status, document, stderr } = await refstoreJson(daemon, [
      'digests',
      'restore',
      ...from,
      ...restart(),
    ]);
    expect({ status, document, stderr }).toMatchObject({
      status: 0,
      document: { changed: true, effective: true, notRestored: [] },
    });
    expect(await daemon.starts()).toBe(starts + 1);
    await expectDigests(images, ({ digest }) => [digest]);
    const against = given.map((source) => `--against=${source}`);
    const verified = await refstore(daemon, [
      'verify',
      '--strict',
      ...images.map(({ digest }) => digest),
      ...against,
    ]);
    expect(verified).toMatchObject({ status: 0 });
  }

  test('docker: gives the digests that docker load loses', () => restore('docker'));

  test('what the daemon pulls itself is exported from what it kept', async () => {
    const image = makeCarried('OCI index', registry, 'pulled');
    await pushCarried(registry, image);
    await daemon.docker('pull', image.digest);
    await daemon.docker('tag', image.digest, image.tag);
    const { status, stdout } = await refstore(daemon, ['digests', 'export', image.tag]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      digests: [{ reference: image.digest, image: image.image.id }],
    });
    expect((await refstore(daemon, ['verify', '--strict', image.digest])).status).toBe(0);
  });

  test('the registry goes away', async () => {
    await registry.stop();
    const [one] = carried.get('docker') ?? [];
    await expect(daemon.docker('pull', one?.digest ?? '')).rejects.toThrow('connection refused');
  });

  test.each(transports.filter((transport) => transport !== 'docker'))(
    '%s: gives the digests that docker load loses, without a registry',
    (transport) => restore(transport),
  );

  test('load: each kind from one archive, the digests right after one restart', async () => {
    await load('all.tar', [...forLoad, ofHub]);
  });

  test('load: an OCI index from an archive of skopeo', async () => {
    await load('one.tar', [bySkopeo]);
  });

  test('load: a layer that is not what its digest says is refused, and nothing is loaded', async () => {
    const file = await daemon.repositoriesFile();
    const before = await readFile(file);
    const starts = await daemon.starts();
    const archive = join(daemon.folder, 'damaged.tar');
    const { status, document } = await refstoreJson(daemon, ['load', archive, ...restart()]);
    expect({ status, document }).toMatchObject({ status: 2, document: { error: { code: 'SOURCE_FAILED' } } });
    await expect(daemon.inspect(damaged.tag)).rejects.toThrow(/no such image/i);
    await expect(daemon.inspect(damaged.image.id)).rejects.toThrow(/no such image/i);
    expect(await readFile(file)).toEqual(before);
    expect(await daemon.starts()).toBe(starts);
  });

  async function load(name: string, images: readonly Carried[]): Promise<void> {
    const archive = join(daemon.folder, name);
    const starts = await daemon.starts();
    const { status, document, stderr } = await refstoreJson(daemon, ['load', archive, ...restart()]);
    expect({ status, document, stderr }).toMatchObject({
      status: 0,
      document: { imageStore: 'graphdriver', write: { changed: true, effective: true } },
    });
    expect(await daemon.starts()).toBe(starts + 1);
    await expectDigests(images, ({ digest }) => [digest]);
  }

  const runs = [...transports, 'load' as const].flatMap((way) => kinds.map((kind) => ({ way, kind })));

  test.each(runs)('without the registry, runs by its digest: $way, $kind', async ({ way, kind }) => {
    await expectRun((way === 'load' ? forLoad : (carried.get(way) ?? [])).find(isOf(kind)));
  });

  test('without the registry, runs by its digest: load of an archive of skopeo', () => expectRun(bySkopeo));

  test('without the registry, runs by its digest: load of an image of Docker Hub', () => expectRun(ofHub));

  async function expectRun(image: Carried | undefined): Promise<void> {
    expect(await daemon.docker('run', '--rm', '--network=none', image?.digest ?? '')).toBe(image?.greeting);
  }
});

function isOf(kind: Kind): (carried: Carried) => boolean {
  return (carried) => carried.kind === kind;
}
