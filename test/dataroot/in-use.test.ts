import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import promises, { chown, copyFile, link, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dataRootUse, dataRootUser, describeUser } from '../../src/dataroot/in-use.ts';
import { commandsOnPath } from '../support/commands.ts';
import { holdFlock } from '../support/flock.ts';
import { replaced } from '../support/system.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

async function dataRoot(): Promise<string> {
  const root = await temporaryFolder();
  await lay(root, {
    'volumes/metadata.db': '',
    'buildkit/cache.db': '',
    'network/files/local-kv.db': '',
    'containerd/daemon/io.containerd.metadata.v1.bolt/meta.db': '',
    'image/overlay2/repositories.json': '{"Repositories":{}}',
  });
  return root;
}

describe.runIf(existsSync('/proc/locks'))('where the kernel tells of locks', () => {
  test.each(['volumes/metadata.db', 'buildkit/cache.db', 'network/files/local-kv.db'])(
    'the holder of %s uses the data root',
    async (name) => {
      const root = await dataRoot();
      expect(await dataRootUser(root)).toBeUndefined();
      const holder = await holdFlock(join(root, name));
      expect(await dataRootUser(root)).toEqual({
        pid: holder.pid,
        command: 'dockerd',
        file: join(root, name),
        isDaemon: true,
      });
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(await dataRootUser(root)).toBeUndefined();
    },
  );

  test('a lock elsewhere, a shared name or a copy is nobody here', async () => {
    const root = await dataRoot();
    const other = await dataRoot();
    await rm(join(other, 'volumes/metadata.db'));
    await copyFile(join(root, 'volumes/metadata.db'), join(other, 'volumes/metadata.db'));
    await holdFlock(join(root, 'volumes/metadata.db'));
    expect(await dataRootUser(other)).toBeUndefined();
  });

  test('it is the inode that counts, by whatever path it was opened', async () => {
    const root = await dataRoot();
    await link(join(root, 'volumes/metadata.db'), join(root, 'elsewhere'));
    const holder = await holdFlock(join(root, 'elsewhere'));
    expect((await dataRootUser(root))?.pid).toBe(holder.pid);
  });

  test('a link in the place of a database is not followed, nor one in the place of its folder', async () => {
    const root = await dataRoot();
    const other = await dataRoot();
    const locked = join(other, 'volumes/metadata.db');
    await holdFlock(locked);
    await rm(join(root, 'volumes/metadata.db'));
    await symlink(locked, join(root, 'volumes/metadata.db'));
    expect(await dataRootUse(root)).toEqual({ state: 'unused' });
    await rm(join(root, 'volumes'), { recursive: true });
    await symlink(join(other, 'volumes'), join(root, 'volumes'));
    expect(await dataRootUse(root)).toEqual({ state: 'unused' });
  });

  test('where links hide all that would tell, nothing is said of a daemon', async () => {
    const root = await temporaryFolder();
    await symlink(join(await dataRoot(), 'volumes'), join(root, 'volumes'));
    expect(await dataRootUse(root)).toEqual({
      state: 'unknown',
      why: `there is a link, or no folder, on the way to ${root}/volumes/metadata.db`,
    });
  });

  test('whoever holds the lock uses the data root; a daemon is only a dockerd', async () => {
    const root = await dataRoot();
    await holdFlock(join(root, 'volumes/metadata.db'), { command: 'postgres' });
    expect(await dataRootUser(root)).toMatchObject({ command: 'postgres', isDaemon: false });
  });

  test.runIf(process.getuid?.() === 0)('a daemon is only one of the data root’s owner', async () => {
    const root = await dataRoot();
    await holdFlock(join(root, 'volumes/metadata.db'));
    await chown(root, 1000, 1000);
    expect(await dataRootUser(root)).toMatchObject({ command: 'dockerd', isDaemon: false });
  });

  test('another who only tries the lock is no daemon', async () => {
    const root = await dataRoot();
    const reader = spawn('flock', [
      '--shared',
      '--no-fork',
      join(root, 'volumes/metadata.db'),
      'sh',
      '-c',
      'echo held; read -r _',
    ]);
    onTestFinished(() => void reader.kill('SIGKILL'));
    await once(reader.stdout, 'data');
    expect(await dataRootUse(root)).toEqual({ state: 'unused' });
  });

  test('a lock whose holder /proc/locks does not show is tried', async () => {
    const root = await dataRoot();
    await holdFlock(join(root, 'buildkit/cache.db'));
    const { readFile } = promises;
    replaced(promises, 'readFile', async (path: string, ...rest: unknown[]) =>
      path === '/proc/locks' ? '' : Reflect.apply(readFile, promises, [path, ...rest]),
    );
    expect(await dataRootUse(root)).toEqual({
      state: 'used',
      user: { pid: undefined, command: '?', file: join(root, 'volumes/metadata.db'), isDaemon: false },
    });
  });

  test('without flock(1), a lock that shows no holder is nothing that can be told', async () => {
    const root = await dataRoot();
    await commandsOnPath({ flock: 'exit 127' });
    expect(await dataRootUse(root)).toMatchObject({ state: 'unknown' });
  });

  test('a containerd that outlived its dockerd is no user of the reference store', async () => {
    const root = await dataRoot();
    await holdFlock(join(root, 'containerd/daemon/io.containerd.metadata.v1.bolt/meta.db'));
    expect(await dataRootUser(root)).toBeUndefined();
  });
});

test('a data root that does not exist is used by nobody', async () => {
  expect(await dataRootUser('/nonexistent/docker')).toBeUndefined();
});

test('a user is named as far as it is known', () => {
  expect(describeUser({ pid: 7, command: 'dockerd' })).toBe('dockerd (process 7)');
  expect(describeUser({ pid: 7, command: '?' })).toBe('process 7');
  expect(describeUser({ pid: undefined, command: '?' })).toBe('a process of another pid namespace');
});
