import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { maxFileSize, parseAnyForm, parseRepositories } from '../../src/repositories/parse.ts';
import { parseCanonical } from '../../src/repositories/parse-canonical.ts';
import { RepositoriesParseError } from '../../src/repositories/repositories-parse-error.ts';
import { scanRepositories } from '../../src/repositories/scan.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { errorFrom } from '../support/errors.ts';
import { makeRefs } from '../support/make-refs.mjs';
import { anyRepositories, imageA, properRepositories, stateOf } from '../support/repositories.ts';

const file = '/var/lib/docker/image/overlay2/repositories.json';
const refusal = (input: Uint8Array | string) =>
  errorFrom(() => parseRepositories(input, { file }), RepositoriesParseError);

describe('a refusal', () => {
  test('says which file, where, what, and what the daemon makes of it', () => {
    const error = refusal('{\n "Repositories": {\n  "é": [');
    expect(error).toMatchObject({
      code: 'INVALID_REPOSITORIES_FILE',
      kind: 'truncated',
      offset: 30,
      line: 3,
      column: 10,
      daemonMessage: 'unexpected EOF',
    });
    expect(error.message).toBe(
      `${file}:3:10: the file ends in the repository "é"; the daemon does not start on it (unexpected EOF)`,
    );
    expect(error.details).toMatchObject({ file, kind: 'truncated', line: 3, column: 10 });
  });

  test('of a string has its offset in bytes too', () => {
    expect(refusal('{"é"}').offset).toBe(Buffer.byteLength('{"é"'));
  });

  test('of null says that the daemon crashes', () => {
    expect(refusal('null').message).toContain('the file says null; the daemon crashes on it');
  });

  test.each(['', '{', '\0', '[]', 'null'])('of %j says what to do next', (text) => {
    expect(refusal(text).hint).toMatch(/\w+/);
  });

  test('of a byte order mark: it is not swallowed', () => {
    expect(refusal(Buffer.from('\ufeff{"Repositories":{}}')).kind).toBe('syntax');
    expect(refusal('\ufeff{"Repositories":{}}').kind).toBe('syntax');
  });
});

describe('hostile bytes', () => {
  test('200 MB of brackets are given up after ten thousand', () => {
    const error = refusal(Buffer.alloc(200_000_000, '['));
    expect(error.offset).toBe(10_000);
    expect(error.daemonMessage).toBe("invalid character '[' exceeded max depth");
  });

  test('brackets inside a file that begins well', () => {
    const text = `{"Repositories":{"a":{"a:1":${'['.repeat(100_000)}`;
    expect(refusal(text).daemonMessage).toBe("invalid character '[' exceeded max depth");
  });

  test('more than fits, and more than was allowed', () => {
    const tooMuch = errorFrom(() => parseRepositories('{}', { maxBytes: 1 }), RefstoreError);
    expect(tooMuch).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { size: 2, limit: 1 } });
    const pretended = { length: maxFileSize + 1 } as Uint8Array;
    expect(errorFrom(() => parseRepositories(pretended), RefstoreError).code).toBe('LIMIT_EXCEEDED');
  });

  test("millions of names, in the daemon's form and in another", () => {
    const entries = Array.from({ length: 2_000_001 }, (_, n) => `"${String(n).padStart(7, '0')}":""`).join();
    for (const text of [`{"Repositories":{"a":{${entries}}}}`, `{"Repositories": {"a":{${entries}}}}`]) {
      expect(errorFrom(() => parseRepositories(text), RefstoreError).code).toBe('LIMIT_EXCEEDED');
    }
  });

  test('lone surrogates of a string are U+FFFD, as they are in the file', () => {
    const repositories = parseRepositories('{"Repositories":{"\ud800":{}}}');
    expect([...repositories.buckets()]).toMatchObject([{ name: '\ufffd', keys: [], isNull: false }]);
  });
});

describe('the short way', () => {
  test('is taken for what the daemon writes', () => {
    expect(parseCanonical(makeRefs(1000))).toHaveLength(111);
    expect(parseCanonical('{"Repositories":{}}')).toEqual([]);
    fc.assert(
      fc.property(properRepositories, (repositories) => {
        expect(parseCanonical(serializeRepositories(repositories))).toBeDefined();
      }),
    );
  });

  test.each([
    '',
    '{}',
    '{"Repositories":{}} ',
    '{"Repositories":{"a":{}}}',
    '{"Repositories":{"a":null}}',
    '{"Repositories":{"b":{"b:1":"x"},"a":{"a:1":"x"}}}',
    '{"Repositories":{"a":{"a:1":"x"},"a":{"a:2":"x"}}}',
    '{"Repositories":{"a":{"a:2":"x","a:1":"x"}}}',
    '{"Repositories":{"a":{"a:1":"x","a:1":"y"}}}',
    '{"Repositories":{"a":{"a:1":"x",}}}',
    '{"Repositories":{"a":{"a:1":"x"},}}',
    '{"Repositories":{"a":{"a:1":"x"}}}}',
    '{"Repositories":{"a":{"a:1":"x"}}',
    '{"Repositories":{"a":{"a:1":"<"}}}',
    '{"Repositories":{"a":{"a:1":"\\u003c"}}}',
    '{"Repositories":{"a":{"a:1":"\n"}}}',
    '{"Repositories":{"a":{"a:1":"\uffff"}}}',
  ])('is not taken for %j', (text) => {
    expect(parseCanonical(text)).toBeUndefined();
  });

  test('leads where the long way leads, whatever the bytes', () => {
    const canonical = anyRepositories.map((repositories) => Buffer.from(serializeRepositories(repositories)));
    /** Bytes that mean something in JSON, so that a change has a chance to stay readable. */
    const patchByte = fc.oneof(
      fc.constantFrom(...Buffer.from('{}[]",:\\ an0')),
      fc.integer({ max: 255, min: 0 }),
    );
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(3),
      insert: fc.array(patchByte, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(canonical, fc.array(edit, { maxLength: 3 }), (bytes, edits) => {
        let mutated: Uint8Array = bytes;
        for (const { at, remove, insert } of edits) {
          const place = Math.floor(at * mutated.length);
          mutated = Buffer.concat([
            mutated.subarray(0, place),
            Uint8Array.from(insert),
            mutated.subarray(place + remove),
          ]);
        }
        expect(outcome(() => parseRepositories(mutated, { file }))).toEqual(
          outcome(() => parseAnyForm(mutated, file)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

test('the scan and the parser agree on what counts', () => {
  fc.assert(
    fc.property(anyRepositories, fc.boolean(), (repositories, twice) => {
      const text = serializeRepositories(repositories);
      const bytes = Buffer.from(twice ? `{"repositories":{"a":{"a:1":"${imageA}"}},${text.slice(1)}` : text);
      const scanned = scanRepositories(bytes)
        .fields.flatMap((field) => field.buckets)
        .flatMap((bucket) =>
          bucket.entries
            .filter((entry) => entry.effective)
            .map((entry) => [bucket.name, entry.reference, entry.imageId]),
        );
      const parsed = [...parseRepositories(bytes).entries()].map((entry) => [
        entry.repository,
        entry.reference,
        entry.imageId,
      ]);
      expect(scanned.sort()).toEqual(parsed.sort());
    }),
  );
});

function outcome(parse: () => ReturnType<typeof parseRepositories>): unknown {
  try {
    const repositories = parse();
    return { state: stateOf(repositories), text: serializeRepositories(repositories) };
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    return { message: error.message, details: error.details };
  }
}
