import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataRootUser, describeUser } from '../../src/dataroot/in-use.ts';
import { holdFlock } from '../support/flock.ts';
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
        command: 'sh',
        file: join(root, name),
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
  expect(describeUser({ pid: 7, command: 'dockerd', file: '/x' })).toBe('dockerd (process 7)');
  expect(describeUser({ pid: 7, command: '?', file: '/x' })).toBe('process 7');
});
