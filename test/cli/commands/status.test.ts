import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, healthy, idA, idB } from '../../support/cli-store.ts';
import { sha256 } from '../../support/data-root.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { lay } from '../../support/temporary-folder.ts';

test('of a data root whose daemon is down', async () => {
  const { at, dataRoot, file } = await cliStore();
  const { status, stdout, stderr } = await cli([...at, 'status']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'image store  not known (no daemon answers, and no daemon.json says it)',
    'daemon       none answers',
    `data root    ${dataRoot}`,
    'driver       overlay2',
    `file         ${file} (${healthy.length} bytes)`,
    'found        the data root was named',
    `sha256       ${sha256(healthy)}`,
    'holds        3 references (2 tags, 1 digest) in 2 repositories, at 2 images',
    'backups      none',
    'restart      not known: the daemon of this data root was not compared',
    '',
  ]);
});

test('of a daemon that runs, with a restart pending', async () => {
  const daemon = await FakeDaemon.start(healthy, [idA, idB]);
  const at = ['--host', daemon.host];
  const before = await cliJson([...at, 'status']);
  expect(before).toMatchObject({
    status: 0,
    document: {
      schema: 'docker-refstore/status/v1',
      imageStore: 'graphdriver',
      daemon: { host: daemon.host, serverVersion: '20.10.24', dataRoot: daemon.dataRoot },
      store: {
        dataRoot: daemon.dataRoot,
        driver: 'overlay2',
        file: daemon.file,
        exists: true,
        sha256: sha256(healthy),
        counts: { references: 3, tags: 2, digests: 1, repositories: 2, images: 2 },
        backups: 0,
        lock: null,
        usedBy: { pid: expect.any(Number) },
      },
      restartPending: false,
      differences: 0,
      problem: null,
    },
  });
  await writeFile(daemon.file, '{"Repositories":{}}');
  expect((await cli([...at, 'status'])).stdout).toContain(
    "restart      pending: 3 entries in the daemon's memory differ from the file (refstore diff disk live)",
  );
});

test('a daemon that does not answer is told by its locks', async () => {
  const daemon = await FakeDaemon.start(healthy, [idA]);
  const { stdout } = await cli(['--data-root', daemon.dataRoot, 'status']);
  expect(stdout).toMatch(/daemon {7}\S+ \(process \d+\) uses the data root, and does not answer/);
});

test('a file that no daemon reads: status 2, and all that is known is told', async () => {
  const { at, file } = await cliStore('{"Repositories":{"alp');
  const { status, document } = await cliJson([...at, 'status']);
  expect({ status, document }).toMatchObject({
    status: 2,
    document: {
      store: { file, exists: true, counts: null },
      restartPending: null,
      problem: { code: 'INVALID_REPOSITORIES_FILE' },
    },
  });
  expect((await cli([...at, 'status'])).stdout).toMatch(/\nproblem {6}\S+:1:\d+: /);
});

test('no store at all: status 2', async () => {
  const { status, document } = await cliJson(['--data-root', '/nowhere', 'status']);
  expect({ status, document }).toMatchObject({
    status: 2,
    document: { store: null, problem: { code: 'STORE_NOT_FOUND' } },
  });
});

test('of a daemon that is down: the image store is decided as it would decide', async () => {
  const { at, dataRoot } = await cliStore();
  const config = join(dataRoot, 'config');
  await lay(config, {
    'docker/daemon.json': JSON.stringify({
      'data-root': dataRoot,
      features: { 'containerd-snapshotter': true },
    }),
  });
  const env = { XDG_CONFIG_HOME: config };
  expect((await cliJson([...at, 'status'], { env })).document).toMatchObject({
    imageStore: null,
    imageStoreWhy: expect.stringContaining('Docker 20.10 ignores'),
  });
  await lay(dataRoot, { 'buildkit/containerd-overlayfs/': '' });
  expect((await cliJson([...at, 'status'], { env })).document).toMatchObject({ imageStore: 'containerd' });
  expect((await cliJson([...at, 'check'], { env })).document).toMatchObject({
    findings: [
      expect.objectContaining({ rule: 'containerd-image-store' }),
      expect.objectContaining({ rule: 'unused-image-store' }),
    ],
  });
  expect(await cli([...at, 'untag', 'app:1', '--yes'], { env })).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('uses the containerd image store'),
  });
});

test.each([
  ['DOCKER_HOST', 'garbage://x', 'garbage:// is not supported'],
  ['DOCKER_HOST', 'fd://', 'fd:// is not supported'],
  ['DOCKER_HOST', ' ', 'not a daemon’s address'],
  ['DOCKER_CONTEXT', 'nosuch', 'there is no docker context "nosuch"'],
])(
  'a daemon that cannot be asked, %s=%j: status says why, check and repair warn',
  async (name, value, why) => {
    const { at } = await cliStore();
    const options = { env: { HOME: '/none', DOCKER_HOST: '', [name]: value } };
    const status = await cli([...at, 'status'], options);
    expect(status).toMatchObject({ status: 0, stdout: expect.stringMatching(/daemon {7}none answers: \S/) });
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(why);
    expect((await cliJson([...at, 'status'], options)).document).toMatchObject({
      daemon: null,
      daemonProblem: expect.stringContaining(why),
    });
    const check = await cli([...at, 'check'], options);
    expect(check.status).toBe((await cli([...at, 'check'])).status);
    expect(check.stderr.split(why)).toHaveLength(2);
    expect((await cli([...at, 'repair', '--dry-run'], options)).stderr).toContain(why);
  },
);

test('a client configuration that cannot be read stops nothing, and is warned of once', async () => {
  const { at, dataRoot } = await cliStore();
  await lay(dataRoot, { 'client/config.json/x': '' });
  const env = { DOCKER_CONFIG: join(dataRoot, 'client'), DOCKER_HOST: '' };
  const { status, stderr } = await cli([...at, 'untag', 'app:1', '--yes'], { env });
  expect({ status, parts: stderr.split('config.json').length }).toEqual({ status: 0, parts: 2 });
});

test('backups that cannot be listed are not said to be none', async () => {
  const { at, file } = await cliStore();
  await symlink('nowhere', `${file}.backups`);
  expect((await cliJson([...at, 'status'])).document).toMatchObject({ store: { backups: null } });
  expect((await cli([...at, 'status'])).stdout).toMatch(/backups +cannot be looked at/);
});

test('restart of a daemon that does not answer: it is not said to be started, but who it is', async () => {
  const daemon = await FakeDaemon.start(healthy, [idA]);
  const { status, stderr } = await cli([
    ...['--data-root', daemon.dataRoot, '--host', 'unix:///nowhere/docker.sock'],
    ...['restart', '--dry-run', '--restart-command', 'true'],
  ]);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/process \d+ works on \S+\n {2}say where process \d+ listens, with --host/);
  expect(stderr).not.toContain('start the daemon');
});
