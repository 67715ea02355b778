import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dockerd, engineLines } from './support/dockerd.ts';
import { hostArchitecture, makeImage, makeIndex, type TestImage } from './support/images.ts';
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';
import { output } from './support/run.ts';

const kinds = ['schema2 manifest', 'OCI manifest', 'Docker list', 'OCI index'] as const;
type Kind = (typeof kinds)[number];

/** An OCI archive cannot hold a Docker list: skopeo would make an index of it, with another digest. */
const sources: Readonly<Record<string, readonly Kind[]>> = {
  docker: kinds,
  lock: kinds,
  dir: kinds,
  'oci-archive': ['schema2 manifest', 'OCI manifest', 'OCI index'],
};

interface Carried {
  /** `name@digest`, under which the registry has it. */
  readonly digest: string;
  readonly tag: string;
  readonly id: string;
  readonly image: TestImage;
  /** What it prints when it runs. */
  readonly greeting: string;
}

async function push(kind: Kind, repository: string, registry: Registry): Promise<Carried> {
  const type = kind === 'schema2 manifest' || kind === 'Docker list' ? 'schema2' : 'oci';
  const local = makeImage(repository);
  const name = `${registry.name}/${repository}`;
  const isIndex = kind === 'Docker list' || kind === 'OCI index';
  const other = hostArchitecture === 'arm64' ? 'amd64' : 'arm64';
  let digest = await registry.push(repository, local, type, isIndex ? undefined : '1.0');
  if (isIndex) {
    const elsewhere = makeImage(repository, other);
    await registry.push(repository, elsewhere, type);
    const index = makeIndex(type, { [other]: elsewhere, [hostArchitecture]: local });
    digest = await registry.pushManifest(repository, index, '1.0');
  }
  return {
    digest: `${name}@${digest}`,
    tag: `${name}:1.0`,
    id: local.id,
    image: local,
    greeting: `${repository}\n`,
  };
}

/** What --from is given, once the registry has the image. */
async function sourceOf(
  transport: string,
  kind: Kind,
  { digest, tag }: Carried,
  daemon: Dockerd,
): Promise<string> {
  const path = join(daemon.folder, `${transport}-${kind.replaceAll(' ', '-')}`);
  const all = kind === 'Docker list' || kind === 'OCI index' ? ['--all'] : [];
  const skopeo = async (target: string) => {
    const how = ['--quiet', '--insecure-policy', '--src-tls-verify=false', '--preserve-digests', ...all];
    await output('skopeo', ['copy', ...how, `docker://${digest}`, target]);
  };
  switch (transport) {
    case 'docker':
      return `docker://${tag}`;
    case 'lock': {
      const exported = await refstore(daemon, [
        'digests',
        'export',
        '--from',
        `docker://${tag}`,
        '--out',
        path,
      ]);
      expect(exported).toMatchObject({ status: 0, stderr: '' });
      return `lock:${path}`;
    }
    case 'dir':
      await skopeo(`dir:${path}`);
      return `dir:${path}`;
    default:
      await skopeo(`${transport}:${path}:${tag}`);
      return `${transport}:${path}`;
  }
}

describe.each(engineLines)('Docker %s', (line) => {
  let daemon: Dockerd;
  let registry: Registry;
  const carried: Carried[] = [];

  beforeAll(async () => {
    [daemon, registry] = await Promise.all([Dockerd.create({ line }), Registry.start()]);
    await daemon.start();
  });

  afterAll(async () => {
    await daemon?.dispose();
    await registry?.stop();
  });

  test.each(Object.entries(sources))(
    '%s: gives the digests that docker load loses',
    async (transport, given) => {
      const images: Carried[] = [];
      const from: string[] = [];
      for (const kind of given) {
        const repository = `${transport}/${kind.toLowerCase().replaceAll(' ', '-')}`;
        const image = await push(kind, repository, registry);
        await daemon.load(image.image, image.tag);
        expect(await daemon.inspect(image.tag)).toMatchObject({ Id: image.id, RepoDigests: [] });
        from.push('--from', await sourceOf(transport, kind, image, daemon));
        images.push(image);
      }
      const how = ['--manager=pidfile', `--pid-file=${daemon.pidFile}`, '--restart', '--yes'];
      const { status, document, stderr } = await refstoreJson(daemon, [
        'digests',
        'restore',
        ...from,
        ...how,
      ]);
      expect({ status, document, stderr }).toMatchObject({
        status: 0,
        document: { changed: true, effective: true, notRestored: [] },
      });
      for (const { digest, id } of images) expect((await daemon.inspect(digest)).Id).toBe(id);
      const against = from.map((word) => (word === '--from' ? '--against' : word));
      const verified = await refstore(daemon, [
        'verify',
        '--strict',
        ...images.map(({ digest }) => digest),
        ...against,
      ]);
      expect(verified).toMatchObject({ status: 0 });
      carried.push(...images);
    },
  );

  test('what the daemon pulls itself is exported from what it kept', async () => {
    const image = await push('OCI index', 'pulled/index', registry);
    await daemon.docker('pull', image.digest);
    await daemon.docker('tag', image.digest, image.tag);
    const { status, stdout } = await refstore(daemon, ['digests', 'export', image.tag]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ digests: [{ reference: image.digest, image: image.id }] });
    expect((await refstore(daemon, ['verify', '--strict', image.digest])).status).toBe(0);
  });

  test('without the registry, every image runs by its digest', async () => {
    await registry.stop();
    expect(carried).toHaveLength(Object.values(sources).flat().length);
    for (const { digest, greeting } of carried) {
      expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe(greeting);
    }
  });
});

const later = engineLines.filter((line) => line !== '20.10');

describe.runIf(later.length > 0).each(later)('Docker %s with the containerd image store', (line) => {
  let daemon: Dockerd;
  let registry: Registry;

  beforeAll(async () => {
    const config = { features: { 'containerd-snapshotter': true } };
    [daemon, registry] = await Promise.all([Dockerd.create({ line, config }), Registry.start()]);
    await daemon.start();
  });

  afterAll(async () => {
    await daemon?.dispose();
    await registry?.stop();
  });

  async function loaded(kind: Kind, how: readonly string[]): Promise<Carried> {
    const carried = await push(kind, `containerd/${kind.toLowerCase().replaceAll(' ', '-')}`, registry);
    const path = join(daemon.folder, kind.replaceAll(' ', '-'));
    const given = ['--quiet', '--insecure-policy', '--src-tls-verify=false', ...how];
    await output('skopeo', [
      'copy',
      ...given,
      `docker://${carried.tag}`,
      `oci-archive:${path}:${carried.tag}`,
    ]);
    await daemon.docker('load', '-i', path);
    return carried;
  }

  test('what was carried as it is holds, by the daemon and by the registry', async () => {
    const images = [
      await loaded('OCI index', ['--all', '--preserve-digests']),
      await loaded('schema2 manifest', ['--preserve-digests']),
    ];
    for (const { digest, tag } of images) {
      const { status, document } = await refstoreJson(daemon, [
        'verify',
        '--strict',
        digest,
        `--against=docker://${tag}`,
      ]);
      expect({ status, document }).toMatchObject({
        status: 0,
        document: { imageStore: 'containerd', digests: [{ reference: digest, standing: 'holds' }] },
      });
    }
  });

  test('what was converted on the way does not: the registry has it by another digest', async () => {
    const { digest, tag } = await loaded('Docker list', ['--all']);
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
});
