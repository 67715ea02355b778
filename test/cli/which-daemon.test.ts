import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../support/cli.ts';
import { cliStore, healthy, idA, idB } from '../support/cli-store.ts';
import { FakeDaemon } from '../support/fake-daemon.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const silent = 'unix:///nowhere/docker.sock';

describe('a daemon that was named and does not answer', () => {
  test.each([
    ['ls'],
    ['resolve', 'app:1'],
    ['status'],
    ['check', '--level', 'store'],
    ['repair', '--dry-run'],
    ['tag', '--dry-run', idA, 'new:1'],
    ['backups'],
    ['diff', 'disk', 'disk'],
  ])('%s works on the files that were named', async (...argv) => {
    const { at } = await cliStore();
    const without = await cli([...at, ...argv]);
    const { status, stderr } = await cli([...at, '--host', silent, ...argv]);
    expect(status).toBe(without.status);
    expect(status).toBeLessThan(2);
    expect(stderr).not.toContain('start the daemon');
  });

  test('is remarked on, once', async () => {
    const { at, file } = await cliStore();
    for (const where of [at, ['--file', file]]) {
      const { stderr } = await cli([...where, '--host', silent, 'check']);
      expect(stderr.split('/nowhere/docker.sock')).toHaveLength(2);
      expect(stderr).toMatch(/^warning: .*; only the files count$/m);
    }
  });

  test('is an error where nothing says which files are meant, and where its memory is asked for', async () => {
    expect((await cli(['--host', silent, 'check'])).status).toBe(2);
    const { at } = await cliStore();
    expect((await cli([...at, '--host', silent, 'diff', 'disk', 'live'])).status).toBe(2);
  });
});

describe('a daemon of another host that names the same data root', () => {
  async function twoHosts({ containerd = true } = {}) {
    const local = await cliStore();
    await writeFile(join(local.dataRoot, 'engine-id'), 'f1c0a1d2-here');
    const there = await FakeDaemon.start(healthy, [idA, idB], {
      rootDir: local.dataRoot,
      id: '9b2d-there',
      containerd,
    });
    return { ...local, at: [...local.at, '--host', there.host], there };
  }

  test('is not compared with the file here', async () => {
    const { at } = await twoHosts({ containerd: false });
    expect(await cli([...at, 'diff', 'disk', 'live'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('of another host'),
    });
    const { status, stderr } = await cli([...at, 'restart', '--dry-run', '--restart-command', 'true']);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('of another host'),
    });
  });

  test('has no say about the image store here', async () => {
    const { at } = await twoHosts();
    expect((await cliJson([...at, 'status'])).document).toMatchObject({
      imageStore: null,
      daemonElsewhere: expect.stringContaining('its ID is 9b2d-there'),
      restartPending: null,
    });
    expect((await cli([...at, 'status'])).stdout.replaceAll(/\s+/g, ' ')).toContain(
      'not the one of this data root: it works on the',
    );
    const { document } = await cliJson([...at, 'check']);
    expect(JSON.stringify(document)).not.toContain('containerd-image-store');
    expect((await cli([...at, 'untag', '--yes', 'app:1'])).status).toBe(0);
  });

  test('does not say which files are meant', async () => {
    const { there } = await twoHosts();
    const { status, stderr } = await cli(['--host', there.host, 'ls']);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('of another host: its ID is 9b2d-there'),
    });
  });

  test('with the ID of this data root it is the one', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA, idB], { id: 'same' });
    await writeFile(join(daemon.dataRoot, 'engine-id'), 'same\n');
    expect((await cli(['--host', daemon.host, 'diff', 'disk', 'live'])).status).toBe(0);
  });
});

describe('an old file of a host with the containerd image store', () => {
  test('a daemon that runs: status does not compare it, ls says what it is', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA, idB], { containerd: true });
    const at = ['--host', daemon.host];
    const { stdout } = await cli([...at, 'status']);
    expect(stdout).toContain('restart      does not apply: with the containerd image store');
    expect((await cliJson([...at, 'status'])).document).toMatchObject({
      imageStore: 'containerd',
      restartPending: null,
      differences: null,
    });
    for (const where of [at, ['--data-root', daemon.dataRoot, ...at]]) {
      expect((await cli([...where, 'ls'])).stderr).toContain(
        `warning: the daemon uses the containerd image store and does not read ${daemon.file}`,
      );
    }
  });

  test('a daemon that is down, by its daemon.json', async () => {
    const { at, dataRoot } = await cliStore();
    const config = await temporaryFolder();
    await lay(config, {
      'docker/daemon.json': JSON.stringify({
        'data-root': dataRoot,
        features: { 'containerd-snapshotter': true },
      }),
    });
    await lay(dataRoot, { 'buildkit/containerd-overlayfs/': '' });
    const env = { XDG_CONFIG_HOME: config };
    expect((await cli([...at, 'ls'], { env })).stderr).toContain('uses the containerd image store');
    expect((await cli([...at, 'status'], { env })).stdout).toContain('restart      does not apply');
    expect((await cli([...at, 'ls'])).stderr).toBe('');
  });
});
