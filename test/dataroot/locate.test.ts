import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Installation } from '../../src/dataroot/installations.ts';
import { usualInstallations } from '../../src/dataroot/installations.ts';
import { locateStore, storesIn } from '../../src/dataroot/locate.ts';
import type { ServiceDaemon } from '../../src/dataroot/service.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const store = (driver: string) => ({ [`image/${driver}/repositories.json`]: '{"Repositories":{}}' });

/** A host with an installation as packages make it and one of a rootless user. */
async function host(files: Record<string, string>): Promise<{ root: string; installations: Installation[] }> {
  const root = await temporaryFolder();
  await lay(root, files);
  return {
    root,
    installations: [
      { daemonJson: join(root, 'etc/daemon.json'), dataRoot: join(root, 'var') },
      { daemonJson: join(root, 'home/daemon.json'), dataRoot: join(root, 'home/share') },
    ],
  };
}

const under = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));

describe('storesIn', () => {
  test('lists every driver that has a folder, in order, with and without a file', async () => {
    const root = await temporaryFolder();
    await lay(root, { ...store('vfs'), 'image/overlay2/': '', 'image/note.txt': 'not a driver' });
    expect(storesIn(root)).toMatchObject([
      { dataRoot: root, driver: 'overlay2', file: join(root, 'image/overlay2/repositories.json') },
      { dataRoot: root, driver: 'vfs', file: join(root, 'image/vfs/repositories.json') },
    ]);
  });

  test('gives nothing where there is no data root', async () => {
    expect(storesIn('/nonexistent/docker')).toEqual([]);
  });
});

test('a link in the place of a driver, or one in the place of image that leads nowhere, is told', async () => {
  const elsewhere = await temporaryFolder();
  await lay(elsewhere, store('overlay2'));
  const root = await temporaryFolder();
  await lay(root, { 'image/': '' });
  const target = join(elsewhere, 'image/overlay2');
  await symlink(target, join(root, 'image/overlay2'));
  await expect(locateStore({ dataRoot: root })).rejects.toMatchObject({
    code: 'STORE_NOT_FOUND',
    message: `no reference store found in ${root}; ${root}/image/overlay2 is a symbolic link to ${target}, and was not followed`,
    hint: expect.stringContaining(`--file: where the link leads, ${target}/repositories.json`),
  });
  const other = await temporaryFolder();
  await symlink('/nonexistent/image', join(other, 'image'));
  await expect(locateStore({ dataRoot: other })).rejects.toMatchObject({
    message: expect.stringContaining(
      `${other}/image is a symbolic link to /nonexistent/image, and was not followed`,
    ),
  });
});

describe('a file that was named', () => {
  test('knows its data root and driver when it lies where the daemon keeps it', async () => {
    const root = await temporaryFolder();
    await lay(root, store('overlay2'));
    const file = join(root, 'image/overlay2/repositories.json');
    expect(await locateStore({ file })).toEqual({
      dataRoot: root,
      driver: 'overlay2',
      file,
      isFileNamed: true,
      why: 'the file was named',
    });
  });

  test.each(['copy.json', 'image/repositories.json', 'image/overlay2/other.json'])(
    'has none when it lies at %s',
    async (name) => {
      const root = await temporaryFolder();
      await lay(root, { [name]: '{}' });
      const file = join(root, name);
      expect(await locateStore({ file })).toMatchObject({ dataRoot: undefined, driver: undefined, file });
    },
  );

  test('need not exist, but its folder must', async () => {
    const root = await temporaryFolder();
    expect(await locateStore({ file: join(root, 'new.json') })).toMatchObject({
      file: join(root, 'new.json'),
    });
    await expect(locateStore({ file: join(root, 'no/new.json') })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      message: `there is no folder ${join(root, 'no')}`,
    });
  });
});

describe('a data root that was named', () => {
  test('needs no driver when it has one only', async () => {
    const { root, installations } = await host(store('overlay2'));
    expect(await locateStore({ dataRoot: root, installations })).toMatchObject({ driver: 'overlay2' });
  });

  test('is ambiguous with several drivers, and they are named', async () => {
    const { root, installations } = await host({ ...store('overlay2'), ...store('vfs') });
    await expect(locateStore({ dataRoot: root, installations })).rejects.toMatchObject({
      code: 'STORE_AMBIGUOUS',
      message: expect.stringMatching(
        /image\/overlay2\/repositories\.json, .*image\/vfs\/repositories\.json$/,
      ),
      hint: 'name one with --driver overlay2 or --driver vfs',
    });
  });

  test('with several drivers: the one that was named', async () => {
    const { root, installations } = await host({ ...store('overlay2'), ...store('vfs') });
    expect(await locateStore({ dataRoot: root, driver: 'vfs', installations })).toMatchObject({
      driver: 'vfs',
    });
  });

  test('with several drivers: the one that the running daemon uses, through a link too', async () => {
    const { root, installations } = await host({
      ...under('real', store('overlay2')),
      ...under('real', store('vfs')),
    });
    await symlink('real', join(root, 'docker'));
    const daemon = { dataRoot: join(root, 'real'), driver: 'vfs' };
    const found = await locateStore({
      dataRoot: join(root, 'docker'),
      askDaemon: async () => daemon,
      installations,
    });
    expect(found.file).toBe(join(root, 'docker/image/vfs/repositories.json'));
    expect(found.why).toContain('it uses vfs');
  });

  test('with several drivers: not what the daemon of another data root uses', async () => {
    const { root, installations } = await host({ ...store('overlay2'), ...store('vfs') });
    const daemon = { dataRoot: '/elsewhere', driver: 'vfs' };
    await expect(
      locateStore({ dataRoot: root, askDaemon: async () => daemon, installations }),
    ).rejects.toMatchObject({ code: 'STORE_AMBIGUOUS' });
  });

  test('with several drivers: the one in its daemon.json', async () => {
    const { root, installations } = await host({
      ...under('var', store('overlay2')),
      ...under('var', store('vfs')),
      'etc/daemon.json': '{"storage-driver": "overlay2"}',
    });
    const found = await locateStore({ dataRoot: join(root, 'var'), installations });
    expect(found.driver).toBe('overlay2');
    expect(found.why).toBe(`the data root was named; ${root}/etc/daemon.json decides among the stores there`);
  });

  test('gives the store of a daemon with userns-remap below it', async () => {
    const { root, installations } = await host(under('100000.100000', store('overlay2')));
    expect(await locateStore({ dataRoot: root, installations })).toMatchObject({
      dataRoot: join(root, '100000.100000'),
      driver: 'overlay2',
    });
  });

  test('gives its own store, of no host that is known, and tells of one with userns-remap below it', async () => {
    const { root, installations } = await host({
      ...under('disk', store('overlay2')),
      ...under('disk/100000.100000', store('overlay2')),
    });
    expect(await locateStore({ dataRoot: join(root, 'disk'), installations })).toMatchObject({
      file: join(root, 'disk/image/overlay2/repositories.json'),
      leftOut: [join(root, 'disk/100000.100000/image/overlay2/repositories.json')],
    });
    const remapped = await locateStore({ dataRoot: join(root, 'disk/100000.100000'), installations });
    expect(remapped.file).toContain('100000.100000');
    expect(remapped.leftOut).toBeUndefined();
  });

  test('without any store: says where it looked; with another driver: what is there', async () => {
    const { root, installations } = await host({ ...store('vfs'), 'empty/': '' });
    await expect(locateStore({ dataRoot: join(root, 'empty'), installations })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      message: `no reference store found in ${root}/empty`,
    });
    await expect(locateStore({ dataRoot: root, driver: 'zfs', installations })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      message: `no reference store of the driver zfs found in ${root}; there is ${root}/image/vfs/repositories.json`,
    });
  });
});

describe("the running daemon's store", () => {
  test('comes before everything at the usual places', async () => {
    const { root, installations } = await host({
      ...under('var', store('overlay2')),
      ...under('data', store('overlay2')),
      ...under('data', store('vfs')),
    });
    const daemon = { dataRoot: join(root, 'data'), driver: 'vfs' };
    expect(await locateStore({ askDaemon: async () => daemon, installations })).toMatchObject({
      dataRoot: join(root, 'data'),
      driver: 'vfs',
      why: `the running daemon's data root is ${root}/data, and it uses vfs`,
    });
    expect(
      await locateStore({ askDaemon: async () => daemon, driver: 'overlay2', installations }),
    ).toMatchObject({ driver: 'overlay2' });
  });

  test('is what older drivers left, when the daemon names a snapshotter', async () => {
    const { root, installations } = await host(under('data', store('overlay2')));
    const daemon = { dataRoot: join(root, 'data'), driver: 'overlayfs' };
    expect(await locateStore({ askDaemon: async () => daemon, installations })).toMatchObject({
      driver: 'overlay2',
    });
  });
});

describe('without a daemon', () => {
  test('the data root of daemon.json comes before the usual places', async () => {
    const { root, installations } = await host({
      ...under('var', store('overlay2')),
      ...under('data', store('overlay2')),
      ...under('home/share', store('overlay2')),
    });
    await lay(root, { 'etc/daemon.json': JSON.stringify({ 'data-root': join(root, 'data') }) });
    const found = await locateStore({ askDaemon: async () => undefined, installations });
    expect(found.dataRoot).toBe(join(root, 'data'));
    expect(found.why).toContain(`${root}/etc/daemon.json names the data root`);
  });

  test('the only store at the usual places', async () => {
    const { root, installations } = await host(under('home/share', store('overlay2')));
    expect(await locateStore({ installations })).toMatchObject({ dataRoot: join(root, 'home/share') });
  });

  test('stores in several usual places are ambiguous', async () => {
    const { installations } = await host({
      ...under('var', store('overlay2')),
      ...under('home/share', store('overlay2')),
    });
    await expect(locateStore({ installations })).rejects.toMatchObject({
      code: 'STORE_AMBIGUOUS',
      hint: 'name one with --data-root, or with --file',
    });
  });

  test('daemon.json decides between a store of userns-remap and one without', async () => {
    const files = { ...under('var', store('overlay2')), ...under('var/100000.100000', store('overlay2')) };
    for (const more of [{}, { 'etc/daemon.json': '{}' }]) {
      const { root, installations } = await host({ ...files, ...more });
      const expected = { dataRoot: join(root, 'var'), why: expect.stringContaining('decides') };
      expect(await locateStore({ installations })).toMatchObject(expected);
      const named = { dataRoot: join(root, 'var'), installations };
      expect(await locateStore(named)).toMatchObject(expected);
      expect(await locateStore({ ...named, driver: 'overlay2' })).toMatchObject({
        dataRoot: join(root, 'var'),
      });
    }
    const remapped = await host({ ...files, 'etc/daemon.json': '{"userns-remap": "default"}' });
    expect(await locateStore({ installations: remapped.installations })).toMatchObject({
      dataRoot: join(remapped.root, 'var/100000.100000'),
    });
  });

  const flags = {
    dataRoot: undefined,
    configFile: undefined,
    storageDriver: undefined,
    usernsRemap: undefined,
    containerdSnapshotter: undefined,
  };

  async function withService(files: Record<string, string>, daemon: (root: string) => ServiceDaemon) {
    const { root, installations } = await host(files);
    const [first, ...others] = installations as [Installation, ...Installation[]];
    return { root, installations: [{ ...first, readService: async () => daemon(root) }, ...others] };
  }

  test('the data root on the command line of the service comes before an old one at the usual place', async () => {
    const { root, installations } = await withService(
      { ...under('var', store('overlay2')), ...under('data', store('overlay2')) },
      (folder) => ({ service: 'docker.service', flags: { ...flags, dataRoot: join(folder, 'data') } }),
    );
    expect(await locateStore({ installations })).toMatchObject({
      dataRoot: join(root, 'data'),
      why: `no daemon was asked or answered, and docker.service names the data root ${root}/data`,
    });
  });

  test('the daemon.json that the service names counts, and not the usual one', async () => {
    const { root, installations } = await withService(
      { ...under('var', store('overlay2')), ...under('data', store('overlay2')), 'etc/daemon.json': '{}' },
      (folder) => ({
        service: 'docker.service',
        flags: { ...flags, configFile: join(folder, 'etc/other.json') },
      }),
    );
    await lay(root, { 'etc/other.json': JSON.stringify({ 'data-root': join(root, 'data') }) });
    expect(await locateStore({ installations })).toMatchObject({
      dataRoot: join(root, 'data'),
      why: expect.stringContaining(`${root}/etc/other.json names the data root`),
    });
  });

  test('a service of which nothing can be told is refused, unless the data root is named', async () => {
    const { root, installations } = await withService(under('var', store('overlay2')), () => ({
      service: 'docker.service',
      problem: 'it runs /opt/start-docker, and what that gives to dockerd is not known',
    }));
    await expect(locateStore({ installations })).rejects.toMatchObject({
      code: 'READ_FAILED',
      message:
        'no daemon answers, and which data root docker.service would use cannot be told: it runs /opt/start-docker, and what that gives to dockerd is not known',
      hint: 'name the data root with --data-root DIR, or start the daemon',
    });
    const named = { dataRoot: join(root, 'var'), installations };
    expect(await locateStore(named)).toMatchObject({ dataRoot: join(root, 'var') });
    const daemon = { dataRoot: join(root, 'var'), driver: 'overlay2' };
    expect(await locateStore({ askDaemon: async () => daemon, installations })).toMatchObject({
      dataRoot: join(root, 'var'),
    });
  });

  test('nothing found: every place is named', async () => {
    const { root, installations } = await host({});
    await expect(locateStore({ installations })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      message: `no reference store found in ${root}/var, ${root}/home/share`,
    });
  });

  test('a place that cannot be looked into is said to be so, and does not hide another', async () => {
    const { root, installations } = await host({});
    await symlink('var', join(root, 'var'));
    await expect(locateStore({ installations })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      message: expect.stringMatching(/var \(cannot read .*ELOOP.*\), .*home\/share$/),
    });
    await lay(root, under('home/share', store('overlay2')));
    expect(await locateStore({ installations })).toMatchObject({ dataRoot: join(root, 'home/share') });
  });
});

test('the usual installations follow the environment of a rootless user', () => {
  const places = usualInstallations({ HOME: '/home/ann', XDG_DATA_HOME: '/data/ann' });
  expect(places).toContainEqual({
    daemonJson: '/home/ann/.config/docker/daemon.json',
    dataRoot: '/data/ann/docker',
  });
  expect(places.map(({ dataRoot }) => dataRoot)).toContain('/var/lib/docker');
});
