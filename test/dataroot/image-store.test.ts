import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decideImageStore } from '../../src/dataroot/image-store.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const overlay2 = { 'root/overlay2/l/': '', 'root/image/overlay2/repositories.json': '{"Repositories":{}}' };
const served = { 'root/buildkit/containerd-overlayfs/': '' };
const feature = (value: boolean) => ({ features: { 'containerd-snapshotter': value } });

/** What is decided for a data root of its own; `config` undefined leaves daemon.json out. */
async function decide(config: unknown, files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const dataRoot = join(folder, 'root');
  await lay(folder, { 'root/': '', ...files });
  if (config !== undefined) {
    await lay(folder, { 'daemon.json': typeof config === 'string' ? config : JSON.stringify(config) });
  }
  const decided = await decideImageStore(dataRoot, [{ daemonJson: join(folder, 'daemon.json'), dataRoot }]);
  return { kind: decided.kind, why: decided.why.replaceAll(folder, '') };
}

test.each([
  ['asked for, and a daemon has worked so', feature(true), { ...overlay2, ...served }, 'containerd'],
  ['asked for, of a daemon that may be 20.10', feature(true), overlay2, undefined],
  ['refused', feature(false), served, 'graphdriver'],
  ['nothing said, and overlay2 was used', {}, { ...overlay2, ...served }, 'graphdriver'],
  ['no daemon.json, and overlay2 was used', undefined, overlay2, 'graphdriver'],
  ['nothing said, and overlay2 left an empty folder', {}, { 'root/overlay2/': '' }, undefined],
  ['nothing said, and vfs was used, which does not count', {}, { 'root/vfs/dir/x': '' }, undefined],
  ['vfs asked for', { 'storage-driver': 'vfs' }, { 'root/vfs/dir/x': '' }, 'graphdriver'],
  ['a snapshotter asked for', { 'storage-driver': 'native' }, {}, 'containerd'],
  ['a snapshotter asked for, and overlay2 was used', { 'storage-driver': 'native' }, overlay2, 'graphdriver'],
  ['nothing said, and only containerd was used', {}, served, 'containerd'],
  ['nothing said, containerd and vfs were used', {}, { ...served, 'root/image/vfs/': '' }, undefined],
  ['a fresh data root', {}, {}, undefined],
] as const)('%s', async (_what, config, files, kind) => {
  expect((await decide(config, files)).kind).toBe(kind);
});

test('says why, or what is not known', async () => {
  expect((await decide(feature(true), served)).why).toBe(
    '/daemon.json sets features.containerd-snapshotter to true, and a daemon has worked so in /root',
  );
  expect((await decide(feature(true), overlay2)).why).toMatch(/which Docker 20\.10 ignores/);
  expect((await decide({}, overlay2)).why).toMatch(/holds what the graph driver overlay2 left$/);
  expect((await decide({}, {})).why).toMatch(/Docker 29 and newer use the containerd image store/);
});

test('a daemon.json that cannot be read decides nothing', async () => {
  expect(await decide('{"features"', served)).toMatchObject({
    kind: undefined,
    why: expect.stringMatching(/^cannot use \/daemon\.json: it is not JSON/),
  });
});

test('another data root is none of the installation’s', async () => {
  const folder = await temporaryFolder();
  await lay(folder, { 'daemon.json': JSON.stringify(feature(true)), 'root/': '', ...served });
  const installations = [{ daemonJson: join(folder, 'daemon.json'), dataRoot: join(folder, 'other') }];
  expect(await decideImageStore(join(folder, 'root'), installations)).toEqual({
    kind: undefined,
    why: 'no daemon answers, and no daemon.json says it',
  });
});

test('with userns-remap the folder UID.GID belongs to the configured data root', async () => {
  const folder = await temporaryFolder();
  await lay(folder, { 'daemon.json': JSON.stringify({ ...feature(false), 'userns-remap': 'default' }) });
  const installations = [{ daemonJson: join(folder, 'daemon.json'), dataRoot: join(folder, 'root') }];
  await lay(folder, { 'root/1000.1000/': '' });
  expect((await decideImageStore(join(folder, 'root/1000.1000'), installations)).kind).toBe('graphdriver');
});
