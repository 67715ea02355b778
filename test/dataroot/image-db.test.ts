import { execFileSync } from 'node:child_process';
import { cp, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GraphDriver } from '../../src/dataroot/graph-driver.ts';
import { openImageDb } from '../../src/dataroot/image-db.ts';
import type { ImageFacts } from '../../src/facts/facts.ts';
import { Folder } from '../../src/system/folder.ts';
import { Problems } from '../../src/system/problems.ts';
import { ProgressTracker } from '../../src/util/progress.ts';
import { DataRoot, digestOf, sha256 } from '../support/data-root.ts';
import { healthySamples, unpackSample } from '../support/sample.ts';

const configs = 'image/overlay2/imagedb/content/sha256';

async function read(path: string, { isThorough = true, driver = 'overlay2' } = {}) {
  const root = Folder.open(path);
  const problems = new Problems();
  const found = await openImageDb(root, driver, {
    graph: new GraphDriver(root, driver, isThorough),
    tracker: new ProgressTracker({}),
    problems,
  }).read();
  const unread = found instanceof Map ? undefined : found;
  return {
    images: found instanceof Map ? found : new Map<string, ImageFacts>(),
    unread,
    problems: problems.list,
  };
}

describe('what engines left is whole', () => {
  test.each([...healthySamples, 'built-20.10.24', 'two-drivers-28.5.2'])('%s', async (sample) => {
    const path = await unpackSample(sample);
    for (const isThorough of [true, false]) {
      const { images, problems } = await read(path, { isThorough });
      expect(problems).toEqual([]);
      expect(images.size).toBeGreaterThan(1);
      for (const facts of images.values()) expect(facts).toMatchObject({ state: 'ok' });
      const all = [...images.values()];
      expect(all.filter(({ badLayers, missingData }) => badLayers ?? missingData)).toEqual([]);
    }
  });

  test('the parents of images built by the classic builder', async () => {
    const { images } = await read(await unpackSample('built-20.10.24'));
    const parent = images.get(
      'sha256:09373f53816c0fbf6872b148209c870fd886af9f87566858116f98160275ad08',
    )?.parent;
    expect(parent).toBe('sha256:39ccf88a91ef8e439e8ac65b8ccffc1beb344184ecdd5da0dc5ac4be01eb82bf');
    expect(
      images.get('sha256:b458b23b99953fd7bb963041a28de164a831cf1d662ba0ffe83d34565afd23af')?.parent,
    ).toBeUndefined();
  });
});

test('configs that the daemon does not take', async () => {
  const root = await DataRoot.make();
  const ok = await root.image('ok');
  const names = { empty: sha256('empty'), changed: sha256('changed'), large: sha256('large') };
  await root.write(`${configs}/${names.empty}`, '');
  await root.write(`${configs}/${names.changed}`, '{"rootfs":{}}');
  await root.write(`${configs}/${names.large}`, '');
  await truncate(join(root.path, configs, names.large), (64 << 20) + 1);
  const notJson = await root.config('not JSON');
  const noRootfs = await root.config('{"os":"linux"}');
  const deep = await root.config(`{"x":${'['.repeat(100_000)}`);

  const { images, problems } = await read(root.path);
  expect(images.get(ok)).toEqual({ state: 'ok' });
  expect(images.get(`sha256:${names.empty}`)).toEqual({ state: 'empty' });
  expect(images.get(`sha256:${names.changed}`)).toEqual({ state: 'hash-mismatch' });
  expect(images.get(`sha256:${names.large}`)).toEqual({ state: 'unexamined' });
  for (const id of [notJson, noRootfs, deep]) expect(images.get(id)?.state).toBe('invalid');
  expect(problems).toEqual([
    { path: `${root.path}/${configs}/${names.large}`, reason: 'it has more than 67108864 bytes' },
  ]);
});

test('a config of 5 MiB is an image like any other: the daemon has no limit', async () => {
  const root = await DataRoot.make();
  await root.layers([digestOf('a')]);
  const rootfs = { type: 'layers', diff_ids: [digestOf('a')] };
  const id = await root.config(JSON.stringify({ label: 'x'.repeat(5 << 20), rootfs }));
  expect((await read(root.path)).images.get(id)).toEqual({ state: 'ok' });
});

describe('layers that the daemon lacks', () => {
  const diffIds = [digestOf('base'), digestOf('middle'), digestOf('top')];

  async function damaged(damage: (root: DataRoot, chain: readonly string[]) => Promise<void>) {
    const root = await DataRoot.make();
    const id = await root.image('image', diffIds);
    const sound = await root.image('other', [diffIds[0] as string]);
    const chain = await root.layers(diffIds);
    await damage(root, chain);
    const { images } = await read(root.path);
    expect(images.get(sound)?.badLayers).toEqual(undefined);
    return { bad: images.get(id)?.badLayers, chain };
  }
  const fileOf = (chainId: string | undefined, name: string) =>
    `image/overlay2/layerdb/sha256/${chainId?.slice(7)}/${name}`;

  test('not there', async () => {
    const { bad, chain } = await damaged((root, [, middle]) =>
      rm(join(root.path, fileOf(middle, '')), { recursive: true }),
    );
    expect(bad).toEqual([{ chainId: chain[1], problem: 'missing' }]);
  });

  test.each(['diff', 'cache-id', 'size', 'parent', 'descriptor.json'])('with an empty %s', async (name) => {
    const { bad, chain } = await damaged((root, [, , top]) => root.write(fileOf(top, name), ''));
    expect(bad).toEqual([{ chainId: chain[2], problem: 'empty' }]);
  });

  test.each([
    ['diff', digestOf('another').slice(0, 40)],
    ['diff', 'text of another file'],
    ['diff', '\0'.repeat(71)],
    ['size', 'a number that is none at all'],
    ['size', '\0\0\0\0'],
    ['size', '1234\n'], // the daemon trims all others
    ['parent', 'garbage'],
    ['parent', '\0'.repeat(71)],
    ['parent', digestOf('a layer that is not there')],
    ['descriptor.json', 'garbage'],
    ['descriptor.json', '{"size":"a text"}'],
  ])('whose %s is %j', async (name, content) => {
    const { bad, chain } = await damaged((root, [, middle]) => root.write(fileOf(middle, name), content));
    expect(bad).toEqual([{ chainId: chain[1], problem: 'invalid' }]);
  });

  test.each(['diff', 'cache-id', 'size'])(
    'without its %s, or with a link or a fifo in its place',
    async (name) => {
      const take = async (root: DataRoot, [, middle]: readonly string[]) => {
        await rm(join(root.path, fileOf(middle, name)));
        return join(root.path, fileOf(middle, name));
      };
      for (const put of [
        () => undefined,
        (path: string) => symlink('/etc/hostname', path),
        (path: string) => execFileSync('mkfifo', [path]),
      ]) {
        const { bad, chain } = await damaged(
          async (root, chain) => void (await put(await take(root, chain))),
        );
        expect(bad).toEqual([{ chainId: chain[1], problem: 'invalid' }]);
      }
    },
  );

  test('what the daemon reads all the same is no damage', async () => {
    const { bad } = await damaged(async (root, [base, middle, top]) => {
      await root.write(fileOf(base, 'diff'), `${diffIds[0]}\n`);
      await root.write(fileOf(base, 'size'), '-5');
      await root.write(fileOf(middle, 'parent'), `${base}\n`);
      await root.write(fileOf(middle, 'descriptor.json'), '{"mediaType":"x","size":5,"digest":"y"}');
      await rm(join(root.path, fileOf(top, 'parent')));
    });
    expect(bad).toBeUndefined();
  });

  test('that name each other as parents', async () => {
    const { bad, chain } = await damaged(async (root, [, middle, top]) => {
      await root.write(fileOf(middle, 'parent'), `${top}`);
    });
    expect(bad).toEqual([{ chainId: chain[1], problem: 'invalid' }]);
  });

  test('all of them, where there is no layerdb', async () => {
    const root = await DataRoot.make();
    const id = await root.image('image', diffIds);
    await rm(join(root.path, 'image/overlay2/layerdb'), { recursive: true });
    const { images, problems } = await read(root.path);
    expect(images.get(id)?.badLayers?.map(({ problem }) => problem)).toEqual([
      'missing',
      'missing',
      'missing',
    ]);
    expect(problems).toEqual([]);
  });
});

describe('a tree that somebody has laid out', () => {
  test('names that are none, links, folders and fifos are told and not read', async () => {
    const root = await DataRoot.make();
    const id = await root.image('image');
    const folder = join(root.path, configs);
    await writeFile(join(folder, 'README'), 'x');
    await writeFile(join(folder, id.slice(7).toUpperCase()), 'x');
    await symlink('/etc/passwd', join(folder, sha256('/etc/passwd')));
    await mkdir(join(folder, sha256('folder')));
    execFileSync('mkfifo', [join(folder, sha256('fifo'))]);
    const { images, problems } = await read(root.path);
    expect(images.size).toBe(4);
    expect(images.get(id)?.state).toBe('ok');
    for (const name of ['/etc/passwd', 'folder', 'fifo']) {
      expect(images.get(digestOf(name))).toEqual({ state: 'unreadable' });
    }
    expect(problems.map(({ reason }) => reason).sort()).toEqual([
      'it is not a regular file',
      'it is not a regular file',
      'it is not a regular file',
      'its name is not 64 lower-case hex digits',
      'its name is not 64 lower-case hex digits',
    ]);
  });

  test.each([
    'image',
    'image/overlay2',
    'image/overlay2/imagedb/content',
    configs,
    'image/overlay2/layerdb/sha256',
  ])('%s leads out of the data root', async (name) => {
    const outside = await DataRoot.make();
    await outside.image('secret');
    const root = await DataRoot.make();
    await rm(join(root.path, name), { recursive: true });
    await symlink(join(outside.path, name), join(root.path, name));
    const { images, unread, problems } = await read(root.path);
    expect(images.size).toBe(0);
    const told = name.includes('layerdb') ? problems : [unread];
    expect(told).toHaveLength(1);
    expect(told[0]?.reason).toContain('it leads out of ');
  });

  test.each(['image', 'image/overlay2', 'image/overlay2/imagedb', configs])(
    '%s is a link that leads nowhere, or a file: that is no image db without images',
    async (name) => {
      const root = await DataRoot.make();
      await root.image('image');
      const path = join(root.path, name);
      await rm(path, { recursive: true });
      await symlink('/nonexistent/docker', path);
      expect((await read(root.path)).unread).toEqual({ path, reason: 'it is a symbolic link' });
      await rm(path);
      await writeFile(path, '');
      expect((await read(root.path)).unread).toMatchObject({ reason: 'it is a regular file' });
    },
  );

  test('a hundred problems are told, and no more', async () => {
    const root = await DataRoot.make();
    for (let i = 0; i < 120; i++) await root.write(`${configs}/odd${i}`, '');
    const { problems } = await read(root.path);
    expect(problems).toHaveLength(100);
  });

  test('no image db at all', async () => {
    const root = await DataRoot.make();
    expect(await read(root.path, { driver: 'vfs' })).toEqual({
      images: new Map(),
      unread: undefined,
      problems: [],
    });
  });
});

describe('layers whose files the graph driver lacks', () => {
  const diffIds = [digestOf('base'), digestOf('top')];

  async function without(
    take: (root: DataRoot, folder: string) => Promise<void>,
    { isThorough = true, driver = 'overlay2' } = {},
  ) {
    const root = await DataRoot.make();
    const id = await root.image('image', diffIds);
    const [, top] = await root.layers(diffIds);
    const cacheId = sha256(top as string);
    if (driver !== 'overlay2')
      await cp(join(root.path, 'image/overlay2'), join(root.path, 'image', driver), { recursive: true });
    await take(root, join(root.path, 'overlay2', cacheId));
    const facts = (await read(root.path, { isThorough, driver })).images.get(id);
    expect(facts).toMatchObject({ state: 'ok' });
    expect(facts?.badLayers).toBeUndefined();
    return { missing: facts?.missingData, root, cacheId };
  }

  test.each([true, false])('whose folder is gone (thorough: %s)', async (isThorough) => {
    const { missing, root, cacheId } = await without((_, path) => rm(path, { recursive: true }), {
      isThorough,
    });
    expect(missing).toEqual([join(root.path, 'overlay2', cacheId)]);
  });

  test.each(['no-id', '\0'.repeat(64), '../../etc'])('whose cache-id is %j', async (content) => {
    const { missing, root } = await without(async (root) => {
      const [, top] = await root.layers(diffIds);
      await root.write(`image/overlay2/layerdb/sha256/${top?.slice(7)}/cache-id`, content);
    });
    expect(missing).toEqual([join(root.path, 'overlay2', content)]);
  });

  test('whose link is empty or whose diff is gone: seen by a thorough look', async () => {
    const emptied = (_: DataRoot, path: string) => writeFile(join(path, 'link'), '');
    expect((await without(emptied)).missing).toEqual([expect.stringMatching(/\/link$/)]);
    expect((await without(emptied, { isThorough: false })).missing).toBeUndefined();
    const gone = (_: DataRoot, path: string) => rm(join(path, 'diff'), { recursive: true });
    expect((await without(gone)).missing).toEqual([expect.stringMatching(/\/diff$/)]);
  });

  test('of a driver whose folders are not known nothing is said', async () => {
    expect((await without(async () => {}, { driver: 'zfs' })).missing).toBeUndefined();
  });

  test('where the whole folder is gone that is said once', async () => {
    const root = await DataRoot.make();
    await root.image('image', diffIds);
    await rm(join(root.path, 'overlay2'), { recursive: true });
    const { unread } = new GraphDriver(Folder.open(root.path), 'overlay2', false);
    expect(unread).toEqual({ path: join(root.path, 'overlay2'), reason: 'it is not there' });
    expect([...(await read(root.path)).images.values()]).toEqual([{ state: 'ok' }]);
  });
});
