import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { Dockerd } from './support/dockerd.ts';
import { hostArchitecture, makeImage, makeIndex } from './support/images.ts';
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';
import { copyToDaemon } from './support/skopeo.ts';

interface Carried {
  readonly tag: string;
  /** `name@digest`, under which the image could be pulled from the registry. */
  readonly digest: string;
  readonly id: string;
}

interface Listed {
  readonly references: readonly { repository: string; reference: string; kind: string; imageId: string }[];
}

let daemon: Dockerd;
let registry: Registry;
let file: string;
const carried: Carried[] = [];

beforeAll(async () => {
  [daemon, registry] = await Promise.all([Dockerd.create(), Registry.start()]);
  await daemon.start();
  file = await daemon.repositoriesFile();
});

afterAll(async () => {
  await daemon?.dispose();
  await registry?.stop();
});

/** Each kind of manifest by whose digest an image can be pulled: pushes one, gives its digest. */
const kinds = {
  'schema2 manifest': async (repository: string) => {
    const image = makeImage(repository);
    return { id: image.id, digest: await registry.push(repository, image, 'schema2') };
  },
  'OCI manifest': async (repository: string) => {
    const image = makeImage(repository);
    return { id: image.id, digest: await registry.push(repository, image, 'oci') };
  },
  'OCI index': async (repository: string) => {
    const local = makeImage(repository);
    const elsewhere = makeImage(repository, 's390x');
    await registry.push(repository, elsewhere, 'oci');
    await registry.push(repository, local, 'oci');
    const index = makeIndex('oci', { s390x: elsewhere, [hostArchitecture]: local });
    return { id: local.id, digest: await registry.pushManifest(repository, index) };
  },
  'Docker manifest list': async (repository: string) => {
    const local = makeImage(repository);
    const elsewhere = makeImage(repository, 's390x');
    await registry.push(repository, elsewhere, 'schema2');
    await registry.push(repository, local, 'schema2');
    const list = makeIndex('schema2', { s390x: elsewhere, [hostArchitecture]: local });
    return { id: local.id, digest: await registry.pushManifest(repository, list) };
  },
};

/** Ways to have the daemon take the change. The last leaves it to the operator. */
const ways = {
  'stop-start by commands': () => [
    '--restart',
    '--manager=command',
    `--stop-command=${daemon.command('stop')}`,
    `--start-command=${daemon.command('start')}`,
  ],
  'stop-start by pid file': () => [
    '--restart=stop-start',
    '--manager=pidfile',
    `--pid-file=${daemon.pidFile}`,
  ],
  'restart by a command': () => [
    '--restart=restart',
    '--manager=command',
    `--restart-command=${daemon.command('restart')}`,
  ],
  'restart by pid file': () => ['--restart=restart', '--manager=pidfile', `--pid-file=${daemon.pidFile}`],
  'none, and a restart by hand': () => ['--restart=none'],
};

async function carry(kind: keyof typeof kinds, repository: string): Promise<Carried> {
  const { id, digest } = await kinds[kind](repository);
  const name = `${registry.name}/${repository}`;
  await copyToDaemon(`${name}@${digest}`, daemon, `${name}:1.0`);
  const copy = { tag: `${name}:1.0`, digest: `${name}@${digest}`, id };
  carried.push(copy);
  return copy;
}

const cases = Object.keys(ways).flatMap((way) => Object.keys(kinds).map((kind) => ({ way, kind }))) as {
  way: keyof typeof ways;
  kind: keyof typeof kinds;
}[];

describe.each(cases)('$way, $kind', ({ way, kind }) => {
  let image: Carried;
  let patch: string;

  test('skopeo loses the digest, and the command line shows it', async () => {
    image = await carry(kind, `team/${way}-${kind}`.toLowerCase().replaceAll(/[^a-z0-9/]+/g, '-'));
    expect(await daemon.inspect(image.tag)).toMatchObject({ Id: image.id, RepoDigests: [] });

    const status = await refstoreJson<{ imageStore: string }>(daemon, ['status']);
    expect(status.status).toBe(0);
    expect(status.document.imageStore).toBe('graphdriver');
    const { document } = await refstoreJson<Listed>(daemon, ['ls']);
    expect(document.references).toContainEqual(
      expect.objectContaining({ reference: image.tag, imageId: image.id }),
    );
    expect(document.references).not.toContainEqual(expect.objectContaining({ reference: image.digest }));
  });

  test('a diff with what is wanted is the patch', async () => {
    const wanted = join(daemon.folder, 'wanted.json');
    patch = join(daemon.folder, 'patch.json');
    const now = parseRepositories(await readFile(file));
    await writeFile(wanted, serializeRepositories(now.addDigest(image.digest, image.id)));
    const { status, stdout } = await refstore(daemon, ['diff', `--out=${patch}`, 'disk', wanted]);
    expect(status).toBe(1);
    expect(stdout).toContain(image.digest);
    expect(JSON.parse(await readFile(patch, 'utf8'))).toMatchObject({
      operations: [{ op: 'add', reference: image.digest, image: image.id }],
    });
  });

  test('the patch is written, and the daemon has it', async () => {
    const { status, document } = await refstoreJson(daemon, ['patch', patch, '--yes', ...ways[way]()]);
    const isLeftToOperator = way === 'none, and a restart by hand';
    expect({ status, document }).toMatchObject({
      status: 0,
      document: { changed: true, effective: !isLeftToOperator },
    });
    if (isLeftToOperator) {
      expect((await daemon.inspect(image.tag)).RepoDigests).toEqual([]);
      await daemon.stop();
      await daemon.start();
    }
    expect(await daemon.inspect(image.tag)).toMatchObject({ Id: image.id, RepoDigests: [image.digest] });
    expect((await daemon.inspect(image.digest)).Id).toBe(image.id);
    expect((await refstore(daemon, ['diff', 'disk', 'live'])).status).toBe(0);
  });

  test("the daemon's own next save gives the bytes that we wrote", async () => {
    const ours = await readFile(file, 'utf8');
    await daemon.docker('tag', image.id, 'team/probe:1');
    expect(await readFile(file, 'utf8')).toBe(
      serializeRepositories(parseRepositories(ours).addTag('team/probe:1', image.id)),
    );
    await daemon.docker('rmi', 'team/probe:1');
    expect(await readFile(file, 'utf8')).toBe(ours);
  });
});

test('without the registry, every image can be used by its digest', async () => {
  await registry.stop();
  await expect(daemon.docker('pull', carried[0]?.digest ?? '')).rejects.toThrow('connection refused');
  expect(carried).toHaveLength(cases.length);
  for (const { digest, id } of carried) {
    const container = (await daemon.docker('create', digest)).trim();
    expect((await daemon.docker('inspect', '--format', '{{.Image}}', container)).trim()).toBe(id);
  }
});
