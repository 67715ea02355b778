import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoltFile, type Bucket } from '../../../src/dataroot/bolt/bolt.ts';
import { BoltError } from '../../../src/dataroot/bolt/bolt-error.ts';
import { BoltBuilder, type BoltTree, boltFile } from '../../support/bolt-builder.ts';
import { healthySamples, unpackSample } from '../../support/sample.ts';

function open(file: Buffer): BoltFile {
  return new BoltFile((position, length) => file.subarray(position, position + length), file.length);
}

/** Everything that is in a bucket, and below. */
function contents(bucket: Bucket): BoltTree {
  return Object.fromEntries(
    Array.from(bucket.pairs(), ({ key, value, bucket: below }) => [
      Buffer.from(key).toString(),
      below === undefined ? Buffer.from(value as Uint8Array) : contents(below),
    ]),
  );
}

describe('what containerd wrote', () => {
  test.each(healthySamples)('%s', async (sample) => {
    const dataRoot = await unpackSample(sample);
    const path = 'containerd/daemon/io.containerd.metadata.v1.bolt/meta.db';
    const bolt = open(await readFile(join(dataRoot, path)));
    const blobs = bolt.root.bucket('v1', 'moby', 'content', 'blob');
    expect([...(blobs?.pairs() ?? [])]).toHaveLength(4);
    const index = 'sha256:1851c1935514f69a9569e6bc871d5a59f016814abc5e862cff90362b7ead844f';
    const label = blobs?.bucket(index, 'labels')?.get('containerd.io/distribution.source.127.0.0.1:5001');
    expect(Buffer.from(label ?? []).toString()).toBe('demo/multi');
    expect(bolt.root.bucket('v1', 'moby', 'none')).toBeUndefined();
    expect(bolt.root.bucket('v1', 'version')).toBeUndefined();
    expect(bolt.isCurrent()).toBe(true);
  });
});

describe('whole files', () => {
  const key = fc.string({ minLength: 1, maxLength: 12 });
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 1000, max: 3000 }).map((length) => Buffer.alloc(length, 'x')),
  );
  const { tree } = fc.letrec<{ tree: BoltTree }>((tie) => ({
    tree: fc.dictionary(
      key.filter((name) => name !== '__proto__'),
      fc.oneof({ maxDepth: 3 }, { weight: 4, arbitrary: value }, { weight: 1, arbitrary: tie('tree') }),
      { maxKeys: 15, noNullPrototype: true },
    ),
  }));

  test('are read as they were written: inline buckets, overflow pages, deep trees, either byte order', () => {
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom(1024, 4096),
        fc.boolean(),
        fc.integer({ min: 2, max: 9 }),
        (given, pageSize, littleEndian, fanOut) => {
          const bolt = open(boltFile(given, { pageSize, littleEndian, fanOut }));
          expect(contents(bolt.root)).toEqual(given);
          for (const [name, wanted] of Object.entries(given)) {
            if (Buffer.isBuffer(wanted)) expect(Buffer.from(bolt.root.get(name) ?? [])).toEqual(wanted);
            else expect(bolt.root.bucket(name)).toBeDefined();
          }
          expect(bolt.root.get('\u{10ffff} not there')).toBeUndefined();
        },
      ),
      { numRuns: 50 },
    );
  });

  const builder = new BoltBuilder();
  const older = builder.bucket({ state: Buffer.from('older') });
  const newer = builder.bucket({ state: Buffer.from('newer') });
  function twoStates(first: bigint, second: bigint): Buffer {
    const file = builder.file(newer);
    file.set(builder.meta(0, first > second ? newer : older, 10, first), 0);
    file.set(builder.meta(1, first > second ? older : newer, 10, second), builder.pageSize);
    return Buffer.concat([file, Buffer.alloc(10 * builder.pageSize)]);
  }
  const state = (file: Buffer) => Buffer.from(open(file).root.get('state') ?? []).toString();

  test('the newer of the two meta pages counts', () => {
    expect(state(twoStates(7n, 8n))).toBe('newer');
    expect(state(twoStates(9n, 8n))).toBe('newer');
  });

  test('a meta page that was not written whole does not count', () => {
    const secondTorn = twoStates(7n, 8n);
    secondTorn.fill(0, builder.pageSize + 40, builder.pageSize + 60);
    expect(state(secondTorn)).toBe('older');
    const firstTorn = twoStates(9n, 8n);
    firstTorn.fill(0xff, 20, 30);
    expect(state(firstTorn)).toBe('older');
  });

  test('a commit that came meanwhile is noticed', () => {
    const file = twoStates(7n, 8n);
    const bolt = open(file);
    expect(bolt.isCurrent()).toBe(true);
    file.set(builder.meta(0, newer, 10, 9n), 0);
    expect(bolt.isCurrent()).toBe(false);
  });
});

describe('files that lead astray end with an error', () => {
  function walk(file: Buffer): BoltTree {
    return contents(open(file).root);
  }

  test('no bbolt file at all', () => {
    expect(() => open(Buffer.alloc(0))).toThrow(BoltError);
    expect(() => open(Buffer.alloc(100_000))).toThrow('neither of its two meta pages is whole');
    expect(() => open(Buffer.alloc(10_000, 'text'))).toThrow(BoltError);
  });

  test('a branch that leads to itself', () => {
    const builder = new BoltBuilder();
    const id = builder.reserve();
    builder.branch([{ key: 'a', page: id }], id);
    const file = builder.file(id);
    expect(() => walk(file)).toThrow(`page ${id} is in a tree twice`);
    expect(() => open(file).root.get('a')).toThrow(BoltError);
  });

  test('two branches that lead to each other, and a branch with many ways to one page', () => {
    const builder = new BoltBuilder();
    const [first, second] = [builder.reserve(), builder.reserve()];
    builder.branch([{ key: 'a', page: second }], first);
    builder.branch([{ key: 'a', page: first }], second);
    expect(() => walk(builder.file(first))).toThrow(BoltError);
    const leaf = builder.leaf([{ key: 'a', value: Buffer.from('b') }]);
    const wide = builder.branch(Array.from({ length: 100 }, () => ({ key: 'a', page: leaf })));
    expect(() => walk(builder.file(wide))).toThrow('twice');
  });

  test('a bucket that contains itself', () => {
    const builder = new BoltBuilder();
    const id = builder.reserve();
    builder.leaf([{ key: 'a', value: builder.bucketHeader(id), isBucket: true }], id);
    expect(() => {
      let bucket = open(builder.file(id)).root;
      for (;;) bucket = bucket.bucket('a') as Bucket;
    }).toThrow('too many pages');
  });

  test.each([0, 1, 99, 2 ** 40, Number.MAX_SAFE_INTEGER])('a root at page %d', (id) => {
    const builder = new BoltBuilder();
    builder.leaf([]);
    expect(() => walk(builder.file(id, { highWater: 50 }))).toThrow(BoltError);
  });

  test('a branch without children, and an inline bucket that is a branch', () => {
    const builder = new BoltBuilder();
    expect(() => open(builder.file(builder.branch([]))).root.get('a')).toThrow('leads nowhere');
    const value = Buffer.concat([builder.bucketHeader(0), builder.branchBytes(0, [{ key: 'a', page: 2 }])]);
    expect(() => walk(builder.file(builder.leaf([{ key: 'a', value, isBucket: true }])))).toThrow('no leaf');
  });

  test('a bucket whose value is cut', () => {
    const builder = new BoltBuilder();
    for (const length of [0, 8, 15, 16, 20, 31]) {
      const root = builder.leaf([{ key: 'a', value: Buffer.alloc(length), isBucket: true }]);
      expect(() => walk(builder.file(root))).toThrow(BoltError);
    }
  });

  test('a page that says it is another, is of no kind, or claims more than it holds', () => {
    const builder = new BoltBuilder();
    const leaf = (id: number, flags: number, count: number) =>
      builder.raw(builder.page({ id, flags, count, body: Buffer.alloc(32) }));
    expect(() => walk(builder.file(leaf(77, 2, 0)))).toThrow('says that it is page 77');
    expect(() => walk(builder.file(leaf(3, 6, 0)))).toThrow('neither a branch nor a leaf');
    expect(() => walk(builder.file(leaf(4, 2, 65_535)))).toThrow('65535 elements');
  });

  test.each([
    [1, 0xffff_ffff],
    [2, 0xffff_ffff],
    [3, 0xffff_ffff],
    [2, 4096],
  ])('an element whose number %d is %d', (field, value) => {
    const builder = new BoltBuilder();
    const root = builder.leaf([{ key: 'key', value: Buffer.from('value') }]);
    const file = builder.file(root);
    file.writeUInt32LE(value, root * builder.pageSize + 16 + 4 * field);
    expect(() => walk(file)).toThrow('leads out of it');
  });

  test('a page whose overflow leads behind the end of the file', () => {
    const builder = new BoltBuilder();
    const root = builder.leaf([]);
    const file = builder.file(root);
    file.writeUInt32LE(0x7fff_ffff, root * builder.pageSize + 12);
    expect(() => walk(file)).toThrow('is not in the file');
  });

  test('thousands of buckets that are all one inline page', () => {
    const builder = new BoltBuilder();
    // Every element's value is a bucket that reaches over the rest of the page, with as many elements as it likes.
    const count = 60_000;
    const inline = builder.page({ id: 0, flags: 2, count, body: Buffer.alloc(count * 16) });
    const value = Buffer.concat([builder.bucketHeader(0), inline]);
    const elements = Buffer.alloc(count * 16);
    for (let index = 0; index < count; index++) {
      elements.writeUInt32LE(1, index * 16);
      elements.writeUInt32LE((count - index) * 16, index * 16 + 4);
      elements.writeUInt32LE(value.length, index * 16 + 12);
    }
    const id = builder.reserve();
    builder.raw(builder.page({ id, flags: 2, count, body: Buffer.concat([elements, value]) }), id);
    const file = builder.file(id, { highWater: 2000 });
    expect(() => walk(file)).toThrow('too many elements');
  });

  test('cut anywhere, or with any byte changed: an error or less, and never more work than a file of that size is worth', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`label${i}`, Buffer.alloc(60, 'v')]),
    );
    const file = boltFile({ v1: { a: labels, b: { c: labels, d: {} } } }, { pageSize: 1024, fanOut: 4 });
    const most = 20 * (file.length / 1024) + 200;
    const attempt = (bytes: Buffer) => {
      let reads = 0;
      const read = (position: number, length: number) => {
        reads++;
        return bytes.subarray(position, position + length);
      };
      try {
        contents(new BoltFile(read, bytes.length).root);
      } catch (error) {
        expect(error).toBeInstanceOf(BoltError);
      }
      expect(reads).toBeLessThan(most);
    };
    for (let length = 0; length < file.length; length += 61) attempt(file.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const damaged = Buffer.from(file);
        damaged.set(bytes.subarray(0, file.length - at), at);
        attempt(damaged);
      }),
      { numRuns: 300 },
    );
  });
});
