import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, healthy, idA, idB } from '../../support/cli-store.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { Hosts } from '../../support/hosts.ts';
import { serve } from '../../support/registry-server.ts';

const hosts = new Hosts();
const short = (imageId: string) => imageId.slice(7, 19);

describe('the legacy store', () => {
  test('digests that hold', async () => {
    const { at } = await hosts.connected();
    expect(await cli([...at, 'verify'])).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^STANDING +REFERENCE +IMAGE ID +BY\nholds +multi@/),
      stderr: '2 hold\n',
    });
    expect(await cliJson([...at, 'verify', 'multi'])).toMatchObject({
      status: 0,
      document: {
        schema: 'docker-refstore/verify/v1',
        imageStore: 'graphdriver',
        holds: true,
        digests: [{ reference: hosts.multiDigest, standing: 'holds', message: expect.any(String) }],
      },
    });
  });

  test('what is wrong is told apart from what cannot be proven', async () => {
    const name = 'registry.example.com/app';
    const { at } = await hosts.airGapped({
      multi: { 'multi:1': hosts.multi, [`multi@sha256:${'8'.repeat(64)}`]: hosts.multi },
      [name]: { [`${name}:1`]: hosts.app, [hosts.appDigest]: hosts.multi },
    });
    const alone = await cli([...at, 'verify']);
    expect(alone).toMatchObject({ status: 0, stderr: '2 cannot be proven by what is at hand\n' });
    expect((await cli([...at, 'verify', '--strict'])).status).toBe(1);
    const against = await cli([...at, 'verify', name, '--against', `lock:${await hosts.lockFile()}`], {
      columns: 300,
    });
    expect(against).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/\nWRONG +registry\.example\.com\/app@/),
      stderr: expect.stringContaining(`and leads to ${hosts.multi} here`),
    });
    expect(against.stderr).toContain('1 does not hold');
  });

  test('on a narrow terminal image IDs are short, and references whole', async () => {
    const { at } = await hosts.connected();
    const { stdout } = await cli([...at, 'verify', hosts.appDigest], { columns: 150 });
    expect(stdout).toContain(hosts.appDigest);
    expect(stdout).toContain(short(hosts.app));
    expect(stdout).not.toContain(hosts.app);
  });

  test('a digest that is not there', async () => {
    const { at } = await hosts.connected();
    expect(await cli([...at, 'verify', `other@sha256:${'1'.repeat(64)}`])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('NOT HERE'),
    });
  });

  test('none at all', async () => {
    const { at } = await hosts.airGapped();
    expect(await cli([...at, 'verify'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'there is no digest here\n',
    });
  });

  test.each([
    [['--against', 'nowhere'], '"nowhere" is no source'],
    [['--against', 'containers:'], 'containers: holds no manifests'],
    [['App@'], '"App@" is not a valid reference'],
  ])('%j', async (args, message) => {
    const { at } = await hosts.connected();
    expect(await cli([...at, 'verify', ...args])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(message),
    });
  });
});

describe('the containerd image store', () => {
  interface Image {
    readonly Id: string;
    readonly RepoTags: readonly string[];
    readonly RepoDigests?: readonly string[];
  }

  /** A daemon as far as it tells of its images. */
  async function daemonWith(images: readonly Image[], runs = true): Promise<string> {
    const info = {
      DockerRootDir: '/nowhere/docker',
      Driver: 'overlayfs',
      DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    };
    const { host } = await serve((request, response) => {
      const isCreate = request.url?.endsWith('/containers/create') === true;
      response.writeHead(isCreate ? 500 : 200, { 'Api-Version': '1.45', Server: 'Docker/26.1.5 (linux)' });
      const path = decodeURIComponent(request.url ?? '').replace(/^\/v[\d.]+/, '');
      const asked = /^\/images\/(.+)\/(?:json|history)$/.exec(path)?.[1];
      const image = images.find(({ Id }) => asked?.endsWith(Id));
      const whole = runs ? { RootFS: { Layers: ['sha256:layer'] } } : {};
      if (path === '/_ping') response.end('OK');
      else if (path === '/containers/create') response.end('{"message":"no layers"}');
      else if (asked === undefined) response.end(JSON.stringify(path === '/info' ? info : images));
      else response.end(JSON.stringify(image === undefined ? { message: 'none' } : { ...image, ...whole }));
    });
    return `tcp://${host}`;
  }

  test('goes by what the daemon says', async () => {
    const host = await daemonWith([
      { Id: idA, RepoTags: ['alpine:3.20'], RepoDigests: [`alpine@${idA}`] },
      { Id: idB, RepoTags: ['app:1'], RepoDigests: [`app@${digestA}`] },
    ]);
    const { document, status } = await cliJson(['--host', host, 'verify']);
    expect({ document, status }).toMatchObject({
      status: 1,
      document: {
        imageStore: 'containerd',
        holds: false,
        digests: [
          { reference: `alpine@${idA}`, standing: 'holds', source: 'the daemon' },
          { reference: `app@${digestA}`, standing: 'wrong', imageId: idB },
        ],
      },
    });
    expect(await cli(['--host', host, 'verify', 'alpine:3.20'])).toMatchObject({ status: 0 });
  });

  test('what is shown and cannot run is told apart from what runs', async () => {
    const host = await daemonWith([{ Id: idA, RepoTags: [`alpine@${idA}`] }], false);
    const { document, status } = await cliJson(['--host', host, 'verify']);
    expect({ document, status }).toMatchObject({
      status: 1,
      document: {
        holds: false,
        digests: [
          {
            reference: `alpine@${idA}`,
            standing: 'not-runnable',
            message: expect.stringContaining('no container can be made from it (no layers)'),
          },
        ],
      },
    });
  });

  test('says nothing of a file by itself', async () => {
    const host = await daemonWith([]);
    const { file } = await cliStore();
    const { document } = await cliJson(['--host', host, '--file', file, 'verify']);
    expect(document).toMatchObject({ imageStore: 'graphdriver', digests: [{ imageId: idA }] });
  });

  test('of a data root without a file is named, where a store is needed', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA], { containerd: true });
    const folder = join(daemon.dataRoot, 'image');
    await rename(folder, `${folder}.away`);
    const at = ['--host', daemon.host, '--data-root', daemon.dataRoot];
    const { status, stderr } = await cli([...at, 'untag', 'app:1', '--yes']);
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('containerd') });
  });

  test('an old file that it left behind is not exported, unless it is named', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA], { containerd: true });
    const at = ['--host', daemon.host];
    const own = await cli([...at, '--data-root', daemon.dataRoot, 'digests', 'export']);
    expect({ ...own, stdout: JSON.parse(own.stdout) }).toMatchObject({ status: 0, stdout: { digests: [] } });
    const named = await cli([...at, '--file', daemon.file, 'digests', 'export']);
    expect(named.status).not.toBe(3);
    expect(JSON.parse(named.stdout)).toMatchObject({ schema: 'docker-refstore/digests/v2' });
  });
});
