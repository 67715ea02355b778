import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { salvage } from '../../../src/check/salvage/salvage.ts';
import { readEntry } from '../../../src/check/stored-entry.ts';
import { isImageId } from '../../../src/reference/digest.ts';
import { type Entry, Repositories } from '../../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../../src/repositories/serialize.ts';
import { digest, imageId, validReference } from '../../support/arbitraries.ts';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;

/** Stores as a daemon writes them. */
const stores = fc
  .array(fc.tuple(validReference, imageId, digest), { minLength: 1, maxLength: 12 })
  .map((entries) => {
    let store = Repositories.empty;
    for (const [reference, id, other] of entries) store = add(store, reference, id, other);
    return store;
  });

function add(store: Repositories, reference: string, id: string, other: string): Repositories {
  const bare = reference.replace(/@.*$/, '');
  const tagged = store.find(bare) === undefined ? store.addTag(bare, id) : store;
  const name = `${bare.replace(/:[^:/]*$/, '')}@${other}`;
  return tagged.find(name) === undefined ? tagged.addDigest(name, id) : tagged;
}

function bytesOf(store: Repositories): Uint8Array {
  return new TextEncoder().encode(serializeRepositories(store));
}

function keys(entries: Iterable<Entry>): string[] {
  return Array.from(entries, (e) => `${e.repository} ${e.reference} ${e.imageId}`);
}

function isSound(entry: Entry): boolean {
  return isImageId(entry.imageId) && readEntry(entry).form === 'valid';
}

/** Entries with where they end in the file. */
function truth(store: Repositories): { key: string; end: number }[] {
  const text = serializeRepositories(store);
  return Array.from(store.entries(), (entry) => ({
    key: `${entry.repository} ${entry.reference} ${entry.imageId}`,
    end:
      text.indexOf(`"${entry.reference}":"${entry.imageId}"`) +
      entry.reference.length +
      entry.imageId.length +
      5,
  }));
}

describe('a healthy file cut at every byte', () => {
  test('gives every entry that ends before the cut, and nothing that was not there', () => {
    fc.assert(
      fc.property(stores, (store) => {
        const bytes = bytesOf(store);
        const all = truth(store);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const kept = keys(salvage(bytes.subarray(0, cut)).repositories.entries());
          const whole = all.filter(({ end }) => end <= cut).map(({ key }) => key);
          expect(kept.sort()).toEqual(whole.sort());
        }
      }),
      { numRuns: 20 },
    );
  });

  test('says so, and where', () => {
    const bytes = bytesOf(Repositories.empty.addTag('alpine:1', a).addTag('alpine:2', b));
    const inTheId = bytes.length - 10;
    expect(salvage(bytes.subarray(0, inTheId)).lost).toEqual([
      {
        offset: bytes.length - '"alpine:2":"sha256:"'.length - 64 - 3,
        end: inTheId,
        kind: 'cut',
        fileType: 'the beginning of an entry',
        repository: 'alpine',
        reference: 'alpine:2',
      },
    ]);
    expect(salvage(bytes.subarray(0, bytes.length - 3)).lost).toMatchObject([
      { kind: 'cut', fileType: 'nothing' },
    ]);
  });
});

describe('damage in the middle', () => {
  const damages = fc.oneof(
    fc.integer({ min: 1, max: 600 }).map((length) => new Uint8Array(length)),
    fc.uint8Array({ minLength: 24, maxLength: 600 }),
    fc
      .constantFrom('server.port=1\n', '{"log":"x","stream":"stdout"}\n', '<html>"a":{"b"', ',"":{,', '}}}')
      .map((text) => new TextEncoder().encode(text.repeat(8))),
  );

  test('never makes an entry that was not there, and keeps all before it', () => {
    fc.assert(
      fc.property(stores, damages, fc.nat(), (store, damage, place) => {
        const bytes = bytesOf(store);
        const at = place % bytes.length;
        bytes.set(damage.subarray(0, bytes.length - at), at);
        const { repositories, entries, lost } = salvage(bytes);
        // Where the damage left JSON that the daemon reads, it is given as read: keys and IDs that are none, too.
        const kept = keys([...repositories.entries()].filter(isSound));
        const all = truth(store);
        expect(all.map(({ key }) => key)).toEqual(expect.arrayContaining(kept));
        expect(kept).toEqual(
          expect.arrayContaining(all.filter(({ end }) => end <= at).map(({ key }) => key)),
        );
        expect(entries.length).toBe(repositories.size);
        if (repositories.size < all.length) expect(lost.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps what stands behind it, in the repository that the key names', () => {
    const store = Repositories.empty.addTag('alpine:1', a).addTag('demo/app:1', a).addTag('demo/app:2', b);
    const bytes = bytesOf(store);
    const from = serializeRepositories(store).indexOf('"demo/app":{');
    bytes.fill(0, from - 20, from + 30);
    expect(keys(salvage(bytes).repositories.entries())).toEqual([`demo/app demo/app:2 ${b}`]);
    expect(salvage(bytes).lost).toMatchObject([
      { kind: 'damage', fileType: 'NUL bytes', repository: 'alpine', reference: 'alpine:1' },
    ]);
  });

  test('an entry that names another repository than the one it stands in is not taken', () => {
    const text = `{"Repositories":{"demo/app":{"demo/ax/y:1":"${a}","demo/app:1":"${a}"}},`;
    const { repositories, lost } = salvage(new TextEncoder().encode(text));
    expect(keys(repositories.entries())).toEqual([`demo/app demo/app:1 ${a}`]);
    expect(lost).toMatchObject([
      { kind: 'entry', repository: 'demo/app', reference: 'demo/ax/y:1', imageId: a },
      { kind: 'cut' },
    ]);
  });
});

describe('a file with other fields', () => {
  const bucket = (name: string) => `"${name}":{"${name}:1":"${a}"}`;
  const other = `"Other":{${bucket('app')},"Repositories":{${bucket('deep')}},"x:1":"${a}"}`;
  const saved = (text: string) => keys(salvage(text).repositories.entries());

  test.each([
    ['before the store', `{${other},"Repositories":{${bucket('b')},"b:2`],
    ['behind the store', `{"Repositories":{${bucket('b')}},${other},"x`],
    ['that is a list', `{"Other":[{${bucket('app')}},{"app:2":"${a}"}],"Repositories":{${bucket('b')},"b:2`],
    [
      'that is damaged',
      `{"Other":{"app":{"\0\0","app:1":"${a}"},${bucket('c')}},"Repositories":{${bucket('b')},"`,
    ],
    ['beside the store, as text', `{"app:1":"${a}","Repositories":{${bucket('b')},"`],
  ])('nothing is saved from a field %s, and the store is', (_, text) => {
    expect(saved(text)).toEqual([`b b:1 ${a}`]);
  });

  test('behind damage, what names a repository is one, and what no repository has as its name is not', () => {
    expect(saved(`{"Repo\0\0":{${bucket('b')},"c":{"c:1":"${a}`)).toEqual([`b b:1 ${a}`]);
    expect(saved(`{"Repositories":{"a":{"a:1\0\0",${bucket('b')},"Config":{${bucket('c')}},`)).toEqual([
      `b b:1 ${a}`,
    ]);
  });

  test('a repository of the name repositories is one', () => {
    expect(saved(`{"Repositories":{${bucket('repositories')},"z`)).toEqual([
      `repositories repositories:1 ${a}`,
    ]);
  });
});

describe('a file cut in the middle of a name', () => {
  test.each([
    [
      `{"Repositories":{"local/tool":{"local/tool:lat`,
      { repository: 'local/tool', beginning: 'local/tool:lat' },
    ],
    [`{"Repositories":{"local/to`, { beginning: 'local/to' }],
    [`{"Repositories":{"local/tool":{"local/tool:lat\0\0\0`, { beginning: 'local/tool:lat' }],
  ])('%j: how it begins is known to be lost', (text, known) => {
    expect(salvage(text).lost).toMatchObject([known]);
  });

  test('what is no name is not told', () => {
    for (const text of ['{"Repos', '{"Repositories":{"a":{"\u001b[2J', '{"Repositories":{"a":{"']) {
      expect(salvage(text).lost.map(({ beginning }) => beginning)).toEqual([undefined]);
    }
  });
});

test('an image ID that is written with escapes is one', () => {
  const escaped = `sha256:\\u0061${a.slice(8)}`;
  expect(keys(salvage(`{"Repositories":{"app":{"app:1":"${escaped}","app:2`).repositories.entries())).toEqual(
    [`app app:1 ${a}`],
  );
});

describe('another encoding with a bad byte', () => {
  const text = (key: string, id: string) => `{"Repositories":{"app":{"${key}":"${id}","app:2":"${a}"}}}`;

  test.each([
    ['in a key', text('app:\ud800', a)],
    ['in an image ID', text('app:1', `${a.slice(0, -1)}\ud800`)],
  ])('%s: that entry is lost, the others are whole', (_, content) => {
    for (const bytes of [
      Buffer.from(`\ufeff${content}`, 'utf16le'),
      Buffer.concat([
        Buffer.from([0xef, 0xbb, 0xbf]),
        Buffer.from(content.replace('\ud800', '\xff'), 'latin1'),
      ]),
    ]) {
      const { repositories, entries, lost } = salvage(bytes);
      expect(keys(repositories.entries())).toEqual([`app app:2 ${a}`]);
      expect(entries).toHaveLength(1);
      expect(lost).toMatchObject([{ kind: 'entry', repository: 'app' }]);
    }
  });
});

describe('two versions run together', () => {
  test('entries of both, and no others', () => {
    fc.assert(
      fc.property(stores, stores, fc.nat(), (old, young, place) => {
        const first = bytesOf(old);
        const cut = place % first.length;
        const bytes = Buffer.concat([first.subarray(0, cut), bytesOf(young)]);
        const both = new Set([...keys(old.entries()), ...keys(young.entries())]);
        for (const key of keys(salvage(bytes).repositories.entries())) expect(both).toContain(key);
      }),
      { numRuns: 300 },
    );
  });

  test('a reference with two images is not taken from either', () => {
    const [old, young] = [a, b].map((id) => serializeRepositories(Repositories.empty.addTag('alpine:1', id)));
    const { repositories, lost } = salvage(new TextEncoder().encode(`${old?.slice(0, -2)},"x${young}`));
    expect(repositories.size).toBe(0);
    expect(lost.filter((item) => item.kind === 'conflict')).toMatchObject([
      { reference: 'alpine:1', imageId: a },
      { reference: 'alpine:1', imageId: b },
    ]);
  });
});

describe('what the daemon reads', () => {
  test('is given as the daemon reads it, odd entries too', () => {
    const text = `{"Repositories":{"zzz":{"alpine:1":"foo","":""}}}trailing "x:1":"${a}","y:1":"${b}"`;
    const { repositories, lost } = salvage(new TextEncoder().encode(text));
    expect(keys(repositories.entries())).toEqual(['zzz  ', 'zzz alpine:1 foo']);
    expect(lost).toMatchObject([{ kind: 'damage' }, { kind: 'ignored', reference: 'y:1', imageId: b }]);
  });

  test.each(['utf-16le', 'utf-16be'])('%s is read, with its offsets', (encoding) => {
    const text = serializeRepositories(Repositories.empty.addTag('alpine:1', a));
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const { entries } = salvage(bytes);
    expect(entries).toMatchObject([{ reference: 'alpine:1', offset: 2 + 2 * text.indexOf('"alpine:1"') }]);
  });
});

describe('hostile bytes', () => {
  const many = (text: string, times: number) => new TextEncoder().encode(text.repeat(times));

  test.each([
    ['quotes', many('"', 300_000)],
    ['commas and quotes', many(',"', 300_000)],
    ['escaped quotes', many(',"\\"', 200_000)],
    ['openings', many('{"a":', 100_000)],
    ['spaces between quotes', many(`,"a"${' '.repeat(1000)}`, 500)],
    ['names without an end', many(`,"${'a'.repeat(5000)}`, 100)],
  ])('%s are read in time, and give nothing', (_, bytes) => {
    expect(salvage(bytes).repositories.size).toBe(0);
    expect(salvage(bytes).lost.length).toBeLessThanOrEqual(1001);
  });
});

test('a text is salvaged as its bytes are', () => {
  const text = '{"Repositories":{"a":{"a:1":"sha256:';
  expect(salvage(text)).toEqual(salvage(Buffer.from(text)));
});
