import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repairBase } from '../../src/check/repair/base.ts';
import type { Engine, EngineImage } from '../../src/engine/engine.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { locationIn, unpackSample } from '../support/sample.ts';
import { add, idA, idB, oneTag, patch, storeWith } from '../support/store.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

describe('backup:', () => {
  test('claims what the file held before a write', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await store.commit(patch(add('busybox:1', idB)));
    const { claims } = await parseSource(`backup:${backup?.id}`).claims({ location: store.location });
    expect(claims).toEqual([
      {
        reference: 'alpine:3.20',
        imageId: idA,
        source: `backup:${backup?.id}`,
        proof: 'backup',
        detail: `backup of ${backup?.time}`,
      },
    ]);
  });

  test('of a broken file, its whole entries, and says that it was damaged', async () => {
    const store = await storeWith(`${oneTag.slice(0, -3)},"alpine:3`);
    const { backup } = await store.commit(patch(add('busybox:1', idB)), { decode: repairBase });
    const { claims } = await parseSource(`backup:${backup?.id}`).claims({ location: store.location });
    expect(claims).toMatchObject([
      { reference: 'alpine:3.20', detail: `backup of ${backup?.time}, damaged` },
    ]);
  });

  test('that is not there', async () => {
    const { location } = await storeWith(oneTag);
    await expect(parseSource('backup:none').claims({ location })).rejects.toMatchObject({
      code: 'READ_FAILED',
      hint: 'refstore backups lists them',
    });
  });
});

describe('file:', () => {
  const copyOf = async (content: string) => {
    const path = join(await temporaryFolder(), 'copy.json');
    await writeFile(path, content);
    return path;
  };

  test('claims what a plain copy of the file holds, its digests too', async () => {
    const { location } = await storeWith(undefined);
    const copy = await copyOf(oneTag);
    expect((await parseSource(`file:${copy}`).claims({ location })).claims).toMatchObject([
      { reference: 'alpine:3.20', imageId: idA, source: `file:${copy}`, proof: 'backup' },
    ]);
  });

  test('of a copy that is broken too, its whole entries', async () => {
    const { location } = await storeWith(undefined);
    const copy = await copyOf(`${oneTag.slice(0, -3)},"alpine:3`);
    expect((await parseSource(`file:${copy}`).claims({ location })).claims).toMatchObject([
      { reference: 'alpine:3.20', detail: expect.stringMatching(/^copy of 2.*, damaged$/) },
    ]);
  });

  test('that is not there, holds no name, or is no file', async () => {
    const { location } = await storeWith(undefined);
    const claims = (path: string) => parseSource(`file:${path}`).claims({ location });
    await expect(claims('/nowhere/copy.json')).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await expect(claims(await copyOf('<html>'))).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await expect(claims(await temporaryFolder())).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' });
    expect(() => parseSource('file:')).toThrow('file: needs a path');
  });
});

describe('leftover:', () => {
  test('claims what is whole in the temporary files of a killed daemon', async () => {
    const { location } = await storeWith(undefined);
    await lay(join(location.file, '..'), {
      '.tmp-repositories.json123': oneTag,
      '.tmp-repositories.json45': `{"Repositories":{"busybox":{"busybox:1":"${idB}","busybox:2":"sha2`,
      '.tmp-repositories.json.swp': '{"Repositories":{"no":{"no:1":"x"}}}',
      'repositories.json.orig': oneTag,
    });
    const all = await parseSource('leftover:').claims({ location });
    expect(all.claims).toEqual([
      {
        reference: 'alpine:3.20',
        imageId: idA,
        source: 'leftover:',
        proof: 'file',
        detail: 'leftover .tmp-repositories.json123',
      },
      {
        reference: 'busybox:1',
        imageId: idB,
        source: 'leftover:',
        proof: 'file',
        detail: 'leftover .tmp-repositories.json45, damaged',
      },
    ]);
    const one = await parseSource('leftover:.tmp-repositories.json45').claims({ location });
    expect(one.claims.map(({ reference }) => reference)).toEqual(['busybox:1']);
  });

  test('none is no error, a name that is none is; no link is followed', async () => {
    const { location } = await storeWith(oneTag);
    await symlink(location.file, join(location.file, '..', '.tmp-repositories.json7'));
    expect(await parseSource('leftover:').claims({ location })).toEqual({ claims: [], problems: [] });
    for (const spec of ['leftover:.tmp-repositories.json7', 'leftover:../repositories.json']) {
      await expect(parseSource(spec).claims({ location })).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    }
  });
});

describe('driver:', () => {
  test("claims what another driver's store holds", async () => {
    const location = locationIn(await unpackSample('two-drivers-28.5.2'));
    for (const spec of ['driver:', 'driver:vfs']) {
      const { claims, problems } = await parseSource(spec).claims({ location });
      expect(problems).toEqual([]);
      expect(claims).toHaveLength(2);
      expect(claims[0]).toMatchObject({ source: spec, proof: 'file', detail: 'the driver vfs' });
    }
  });

  test('none is no error, a driver that has none is', async () => {
    const { location } = await storeWith(oneTag);
    expect(await parseSource('driver:').claims({ location })).toEqual({ claims: [], problems: [] });
    await expect(parseSource('driver:btrfs').claims({ location })).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('image/btrfs/repositories.json: it is not there'),
    });
  });

  test('does not follow a driver folder that leads out', async () => {
    const elsewhere = await storeWith(oneTag);
    const { location } = await storeWith(undefined);
    await symlink(join(elsewhere.location.file, '..'), join(location.dataRoot ?? '', 'image', 'vfs'));
    await expect(parseSource('driver:vfs').claims({ location })).rejects.toMatchObject({
      message: expect.stringContaining('it leads out of '),
    });
  });
});

describe('live:', () => {
  function engineWith(images: readonly Partial<EngineImage>[]): Engine {
    const whole = images.map((image) => ({ id: idA, tags: [], digests: [], ...image }));
    const unused = () => Promise.reject(new Error('not asked for'));
    return {
      host: 'unix:///run/docker.sock',
      images: () => Promise.resolve(whole),
      ping: unused,
      info: unused,
      imageStore: unused,
      platform: unused,
      loadImages: unused,
      registries: unused,
      isInRegistry: unused,
      tagImage: unused,
      pullDigest: unused,
      inspectImage: unused,
      runningContainers: unused,
      containerPolicy: unused,
      createdContainers: unused,
      createContainer: unused,
      removeContainer: unused,
      removeImage: unused,
      hasHistory: unused,
    };
  }

  test("claims what the daemon's memory shows", async () => {
    const { location } = await storeWith('');
    const digest = `alpine@sha256:${'d'.repeat(64)}`;
    const engine = () => engineWith([{ tags: ['alpine:3.20'], digests: [digest] }, { id: idB }]);
    const { claims } = await parseSource('live:').claims({ location, engine });
    expect(claims.map(({ reference }) => reference)).toEqual(['alpine:3.20', digest]);
    expect(claims[0]).toEqual({
      reference: 'alpine:3.20',
      imageId: idA,
      source: 'live:',
      proof: 'memory',
      detail: 'memory of the daemon at unix:///run/docker.sock',
    });
  });

  test('needs a daemon', async () => {
    const { location } = await storeWith('');
    await expect(parseSource('live:').claims({ location })).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      hint: 'start it, or name it with --host',
    });
  });
});

describe('a file by itself', () => {
  test.each(['content:', 'containers:', 'driver:'])('%s needs the data root', async (spec) => {
    const file = join(await temporaryFolder(), 'repositories.json');
    await writeFile(file, oneTag);
    const location = { dataRoot: undefined, driver: undefined, file };
    await expect(parseSource(spec).claims({ location })).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: `${spec} reads the data root, and none is known for ${file}`,
    });
  });

  test.each(['content:', 'containers:', 'driver:'])('%s of a data root that is not there', async (spec) => {
    const dataRoot = join(await temporaryFolder(), 'none');
    const location = {
      dataRoot,
      driver: 'overlay2',
      file: join(dataRoot, 'image/overlay2/repositories.json'),
    };
    await expect(parseSource(spec).claims({ location })).rejects.toMatchObject({ code: 'READ_FAILED' });
  });
});

test('entries that the daemon can do nothing with claim nothing; misplaced ones claim what they name', async () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const { location } = await storeWith(undefined);
  await lay(join(location.file, '..'), {
    '.tmp-repositories.json1': JSON.stringify({
      Repositories: {
        alpine: {
          'alpine:1': idA,
          'alpine:bad': 'foo',
          'alpine:': idA,
          alpine: idA,
          [`alpine:2@${digest}`]: idA,
          'docker.io/library/alpine:4': idB,
        },
        'Bad Name': { 'Bad Name:1': idA },
        sha256: { [`sha256:${'1'.repeat(64)}`]: idA },
      },
    }),
  });
  const { claims } = await parseSource('leftover:').claims({ location });
  expect(claims.map(({ reference, imageId }) => [reference, imageId])).toEqual([
    ['alpine:1', idA],
    ['alpine:4', idB],
  ]);
});
