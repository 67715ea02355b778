import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDaemonConfig } from '../../src/dataroot/daemon-config.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

async function read(text: string) {
  const folder = await temporaryFolder();
  await lay(folder, { 'daemon.json': text });
  return await readDaemonConfig(join(folder, 'daemon.json'));
}

test('reads what matters and nothing else', async () => {
  const text = JSON.stringify({
    'data-root': '/data/docker',
    'storage-driver': 'overlay2',
    'userns-remap': 'default',
    'live-restore': true,
    features: { 'containerd-snapshotter': false, buildkit: true },
    'log-opts': { 'max-size': '10m' },
    'insecure-registries': ['registry.local:5000', '10.0.0.0/8'],
    'registry-mirrors': ['https://mirror.local'],
  });
  expect(await read(text)).toMatchObject({
    dataRoot: '/data/docker',
    storageDriver: 'overlay2',
    usernsRemap: 'default',
    liveRestore: true,
    containerdSnapshotter: false,
    insecureRegistries: ['registry.local:5000', '10.0.0.0/8'],
    registryMirrors: ['https://mirror.local'],
  });
});

test.each(['', ' \n', '{}', '{"data-root": "", "features": null}'])('%j says nothing', async (text) => {
  expect(await read(text)).toMatchObject({
    dataRoot: undefined,
    storageDriver: undefined,
    usernsRemap: undefined,
    liveRestore: undefined,
    containerdSnapshotter: undefined,
    insecureRegistries: [],
    registryMirrors: [],
  });
});

test('graph is the old name of data-root, and gives way to it', async () => {
  expect(await read('{"graph": "/old"}')).toMatchObject({ dataRoot: '/old' });
  expect(await read('{"graph": "/old", "data-root": "/new"}')).toMatchObject({ dataRoot: '/new' });
});

test('no file gives nothing', async () => {
  expect(await readDaemonConfig('/nonexistent/daemon.json')).toBeUndefined();
});

test.each([
  ['{"data-root": ', 'it is not JSON'],
  ['[]', 'it must hold a JSON object'],
  ['{"data-root": 1}', '"data-root" must be a string'],
  ['{"features": []}', '"features" must be an object'],
  ['{"live-restore": "yes"}', '"live-restore" must be a boolean'],
  ['{"insecure-registries": "a:5000"}', '"insecure-registries" must be a list of strings'],
  ['{"registry-mirrors": [1]}', '"registry-mirrors" must be a list of strings'],
])('%s is refused: %s', async (text, problem) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'READ_FAILED',
    message: expect.stringContaining(problem),
    hint: expect.stringContaining('--data-root'),
  });
});

test('a file beyond all measure and a folder are refused', async () => {
  await expect(read(' '.repeat((1 << 20) + 1))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'daemon.json'));
  await expect(readDaemonConfig(join(folder, 'daemon.json'))).rejects.toMatchObject({
    code: 'NOT_A_REGULAR_FILE',
  });
});
