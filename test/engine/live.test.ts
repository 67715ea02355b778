import { describe, expect, test } from 'vitest';
import type { Engine, EngineImage } from '../../src/engine/engine.ts';
import { liveRepositories, verifyLive } from '../../src/engine/live.ts';
import { type Entry, Repositories } from '../../src/repositories/repositories.ts';

const [idA, idB, ghost] = ['a', 'b', '0'].map((letter) => `sha256:${letter.repeat(64)}`) as [
  string,
  string,
  string,
];
const digest = `alpine@sha256:${'d'.repeat(64)}`;

/** A daemon that lists these images, and finds these references. */
function engineWith(images: readonly Partial<EngineImage>[], resolvable: Readonly<Record<string, string>>) {
  const listed = images.map(({ id = idA, tags = [], digests = [] }) => ({ id, tags, digests }));
  const asked: string[] = [];
  const engine = {
    images: async () => listed,
    inspectImage: async (reference: string) => {
      asked.push(reference);
      return listed.find(({ id }) => id === resolvable[reference]);
    },
  };
  return { asked, engine: engine as unknown as Engine };
}

function entry(reference: string, imageId: string = idA, repository?: string): Entry {
  return { repository: repository ?? (reference.split(/[:@]/)[0] as string), reference, imageId };
}

describe('liveRepositories', () => {
  test('tags and digests, each in its bucket', async () => {
    const { engine, asked } = engineWith(
      [
        { tags: ['alpine:3.20', 'host:5000/a/b:1'], digests: [digest] },
        { id: idB, tags: ['demo/app:1.1'] },
      ],
      {},
    );
    expect([...(await liveRepositories(engine)).entries()]).toEqual([
      entry('alpine:3.20'),
      entry(digest),
      entry('demo/app:1.1', idB),
      entry('host:5000/a/b:1', idA, 'host:5000/a/b'),
    ]);
    expect(asked).toEqual([]);
  });

  test('a tag that a zombie shows on a second image: the image that the daemon finds', async () => {
    const { engine } = engineWith([{ tags: ['alpine:3.18'] }, { id: idB, tags: ['alpine:3.18'] }], {
      'alpine:3.18': idB,
    });
    expect((await liveRepositories(engine)).get('alpine:3.18')).toBe(idB);
  });
});

describe('verifyLive', () => {
  const healthy = [{ tags: ['alpine:3.20'], digests: [digest] }, { id: idB }];
  const resolvable = { 'alpine:3.20': idA, [digest]: idA };
  const verify = (
    images: readonly Partial<EngineImage>[],
    found: Readonly<Record<string, string>>,
    expected: readonly Entry[],
    references?: readonly string[],
  ) => verifyLive(engineWith(images, found).engine, Repositories.fromEntries(expected), { references });

  test('all taken', async () => {
    const expected = [entry('alpine:3.20'), entry(digest)];
    expect(await verify(healthy, resolvable, expected, ['alpine:3.20', digest])).toEqual([]);
  });

  test('not there, elsewhere, and more than expected', async () => {
    const expected = [entry('alpine:3.20', idB), entry('alpine:gone')];
    expect(await verify(healthy, resolvable, expected)).toEqual([
      { op: 'move', repository: 'alpine', reference: 'alpine:3.20', from: idB, image: idA },
      { op: 'remove', repository: 'alpine', reference: 'alpine:gone', from: idA },
      { op: 'add', repository: 'alpine', reference: digest, image: idA },
    ]);
  });

  test('a ghost, and keys that do not parse, are no difference', async () => {
    const expected = [
      entry('alpine:3.20'),
      entry(digest),
      entry('alpine:ghost', ghost),
      entry('Bad Name:x', idA, 'Bad Name'),
      entry('', idA, 'alpine'),
      entry('alpine', idA, 'alpine'),
    ];
    expect(await verify(healthy, resolvable, expected)).toEqual([]);
  });

  test('a ghost that was moved to an image is one', async () => {
    const expected = [entry('alpine:3.20', ghost), entry(digest)];
    expect(await verify(healthy, resolvable, expected)).toEqual([
      { op: 'move', repository: 'alpine', reference: 'alpine:3.20', from: ghost, image: idA },
    ]);
  });

  test('a ghost that was touched is asked for, and is not there', async () => {
    const expected = [entry('alpine:3.20'), entry(digest), entry('alpine:ghost', ghost)];
    expect(await verify(healthy, resolvable, expected, ['alpine:ghost'])).toMatchObject([
      { op: 'remove', reference: 'alpine:ghost' },
    ]);
  });

  test('zombies are shown in familiar form: no difference while they are expected', async () => {
    const zombies = [
      entry('docker.io/library/alpine:nc', idA, 'docker.io/library/alpine'),
      entry('alpine:wb', idB, 'zzz'),
      entry('docker.io/library/alpine:3.20', idB, 'docker.io/library/alpine'),
    ];
    const images = [
      { tags: ['alpine:3.20', 'alpine:nc'], digests: [digest] },
      { id: idB, tags: ['alpine:3.20', 'alpine:wb'] },
    ];
    const expected = [entry('alpine:3.20'), entry(digest)];
    expect(await verify(images, resolvable, [...expected, ...zombies])).toEqual([]);
    expect(await verify(images, resolvable, expected)).toMatchObject([
      { op: 'add', reference: 'alpine:nc', image: idA },
      { op: 'add', reference: 'alpine:wb', image: idB },
    ]);
  });

  test('a zombie beside its own canonical entry at the same image', async () => {
    const expected = [
      entry('alpine:3.20'),
      entry(digest),
      entry('docker.io/library/alpine:3.20', idA, 'docker.io/library/alpine'),
    ];
    expect(await verify(healthy, resolvable, expected)).toEqual([]);
  });

  test('a key with tag and digest is listed and never found', async () => {
    const both = `alpine:td@sha256:${'e'.repeat(64)}`;
    const images = [{ tags: ['alpine:3.20', both], digests: [digest, both] }];
    const expected = [entry('alpine:3.20'), entry(digest)];
    expect(await verify(images, resolvable, [...expected, entry(both)])).toEqual([]);
  });

  test('listed, but not found by a request: the listing was a zombie’s', async () => {
    const expected = [entry('alpine:3.20'), entry(digest)];
    expect(await verify(healthy, { 'alpine:3.20': idA }, expected, [digest])).toEqual([
      { op: 'remove', repository: 'alpine', reference: digest, from: idA },
    ]);
  });

  test('found by an image ID that looks like the reference: not an entry', async () => {
    const name = `sha256:${'a'.repeat(64)}`;
    const expected = [entry('alpine:3.20'), entry(digest)];
    expect(await verify(healthy, { ...resolvable, [name]: idA }, expected, [name])).toEqual([]);
  });

  test('what was removed is asked for, by the key under which the daemon looks', async () => {
    const { engine, asked } = engineWith(healthy, resolvable);
    const expected = Repositories.fromEntries([entry('alpine:3.20')]);
    const references = ['docker.io/library/alpine:3.20', digest, 'Bad Name:x', 'alpine'];
    expect(await verifyLive(engine, expected, { references })).toEqual([
      { op: 'add', repository: 'alpine', reference: digest, image: idA },
    ]);
    expect(asked.toSorted()).toEqual(['alpine:3.20', 'alpine:latest', digest]);
  });
});
