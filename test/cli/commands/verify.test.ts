import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { healthy, idA, idB } from '../../support/cli-store.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { Hosts } from '../../support/hosts.ts';

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
  test('goes by what the daemon says, not by the file', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA, idB], { containerd: true });
    await daemon.tag(idA, 'kept', 'x');
    const { document, status } = await cliJson(['--host', daemon.host, 'verify']);
    expect({ document, status }).toMatchObject({
      status: 1,
      document: { imageStore: 'containerd', digests: [{ standing: 'wrong', imageId: idA }] },
    });
    const file = await cliJson(['--host', daemon.host, '--file', daemon.file, 'verify']);
    expect(file.document).toMatchObject({ imageStore: 'graphdriver' });
  });

  test('of a data root without a file is named, where a store is needed', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA], { containerd: true });
    const folder = join(daemon.dataRoot, 'image');
    await rename(folder, `${folder}.away`);
    for (const args of [
      ['untag', 'app:1', '--yes'],
      ['digests', 'export'],
    ]) {
      const { status, stderr } = await cli(['--host', daemon.host, '--data-root', daemon.dataRoot, ...args]);
      expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('containerd') });
    }
  });
});
