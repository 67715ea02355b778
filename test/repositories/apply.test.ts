import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { applyPatch, PatchConflictError } from '../../src/repositories/apply.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import type { Operation, Patch } from '../../src/repositories/patch.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { errorFrom } from '../support/errors.ts';
import { digestX, entriesOf, imageA, imageB, imageC, tag } from '../support/repositories.ts';

const patchOf = (...operations: Operation[]): Patch => ({ schema: 'docker-refstore/patch/v1', operations });
const store = Repositories.fromEntries([tag('a:1', imageA), tag('a:2', imageA), tag('b:1', imageB)]);
const conflictsOf = (repositories: Repositories, ...operations: Operation[]) =>
  errorFrom(() => applyPatch(repositories, patchOf(...operations)), PatchConflictError);

describe('applyPatch', () => {
  test('makes every change, and says which', () => {
    const { repositories, changes } = applyPatch(
      store,
      patchOf(
        { op: 'remove', reference: 'b:1', from: imageB },
        { op: 'add', reference: `a@${digestX}`, image: imageA },
        { op: 'move', reference: 'a:2', from: imageA, image: imageC },
      ),
    );
    expect(entriesOf(repositories)).toEqual([
      tag('a:1', imageA),
      tag('a:2', imageC),
      { repository: 'a', reference: `a@${digestX}`, imageId: imageA },
    ]);
    expect(changes).toEqual([
      { op: 'move', repository: 'a', reference: 'a:2', from: imageA, image: imageC },
      { op: 'add', repository: 'a', reference: `a@${digestX}`, image: imageA },
      { op: 'remove', repository: 'b', reference: 'b:1', from: imageB },
    ]);
  });

  test('operations see what those before them did, and only the outcome is a change', () => {
    const { repositories, changes } = applyPatch(
      store,
      patchOf(
        { op: 'remove', reference: 'a:1' },
        { op: 'add', reference: 'a:1', image: imageB },
        { op: 'add', reference: 'c:1', image: imageA },
        { op: 'remove', reference: 'c:1', from: imageA },
      ),
    );
    expect(changes).toEqual([{ op: 'move', repository: 'a', reference: 'a:1', from: imageA, image: imageB }]);
    expect(repositories.size).toBe(3);
  });

  test('nothing to do gives the same store', () => {
    const { repositories, changes } = applyPatch(
      store,
      patchOf(
        { op: 'add', reference: 'a:1', image: imageA },
        { op: 'move', reference: 'a:2', image: imageA },
      ),
    );
    expect(changes).toEqual([]);
    expect(repositories).toBe(store);
  });

  test('buckets that no operation touches keep their bytes', () => {
    const read = parseRepositories(serializeRepositories(store));
    const { repositories } = applyPatch(read, patchOf({ op: 'remove', reference: 'b:1' }));
    expect(repositories.sorted[0]).toBe(read.sorted[0]);
    expect(serializeRepositories(repositories)).toBe(
      `{"Repositories":{"a":{"a:1":"${imageA}","a:2":"${imageA}"}}}`,
    );
  });

  test('into a null map it writes a proper one', () => {
    const { repositories } = applyPatch(
      parseRepositories('{"Repositories":null}'),
      patchOf({ op: 'add', reference: 'a:1', image: imageA }),
    );
    expect(serializeRepositories(repositories)).toBe(`{"Repositories":{"a":{"a:1":"${imageA}"}}}`);
  });
});

describe('conflicts', () => {
  test('are all listed, with what was found and what was expected, and nothing is changed', () => {
    const before = serializeRepositories(store);
    const error = conflictsOf(
      store,
      { op: 'add', reference: 'a:1', image: imageB },
      { op: 'add', reference: 'fine:1', image: imageB },
      { op: 'move', reference: 'a:2', from: imageB, image: imageC },
      { op: 'move', reference: 'none:1', image: imageC },
      { op: 'remove', reference: 'none:2' },
      { op: 'remove', reference: 'b:1', from: imageA },
    );
    expect(error.code).toBe('PATCH_CONFLICT');
    expect(error.conflicts.map(({ index, found }) => [index, found])).toEqual([
      [0, imageA],
      [2, imageA],
      [3, undefined],
      [4, undefined],
      [5, imageB],
    ]);
    expect(error.message).toBe(
      `5 operations do not fit the store: operations[0]: add a:1: it is at "${imageA}" already, expected nothing there; to lead it to another image, use move; ` +
        `operations[2]: move a:2: it is at "${imageA}", expected "${imageB}"; operations[3]: move none:1: it is not there; and 2 more`,
    );
    expect(JSON.parse(JSON.stringify(error.details))).toMatchObject({
      conflicts: [{ index: 0, found: imageA }, {}, { index: 3, found: null }, {}, {}],
    });
    expect(serializeRepositories(store)).toBe(before);
  });

  test('what follows at a place of conflict is not judged', () => {
    const error = conflictsOf(
      store,
      { op: 'add', reference: 'a:1', image: imageB },
      { op: 'move', reference: 'a:1', from: imageB, image: imageC },
    );
    expect(error.conflicts).toHaveLength(1);
  });
});

describe('removing odd entries', () => {
  const odd = parseRepositories(
    JSON.stringify({
      Repositories: {
        alpine: { 'alpine:': imageA, 'alpine:1': '' },
        zzz: { 'alpine:2': imageA, 'alpine@': imageA },
        yyy: { 'alpine@': imageB },
      },
    }),
  );

  test('a key in another bucket than it implies, by naming the bucket', () => {
    const operation: Operation = { op: 'remove', reference: 'alpine:2', repository: 'zzz' };
    expect(applyPatch(odd, patchOf(operation)).repositories.entry('zzz', 'alpine:2')).toBeUndefined();
    const error = conflictsOf(odd, { op: 'remove', reference: 'alpine:2' });
    expect(error.message).toContain('not in the repository "alpine", but in "zzz": say so with "repository"');
  });

  test('a key that does not parse: found where one bucket has it, asked about where several have', () => {
    const { repositories } = applyPatch(odd, patchOf({ op: 'remove', reference: 'alpine:', from: imageA }));
    expect(repositories.entry('alpine', 'alpine:')).toBeUndefined();
    const error = conflictsOf(odd, { op: 'remove', reference: 'alpine@' });
    expect(error.message).toContain('it is in the repositories "yyy" and "zzz": say which with "repository"');
    expect(conflictsOf(odd, { op: 'remove', reference: '::' }).message).toContain('it is not there');
  });

  test('an entry with an empty image ID', () => {
    const { changes } = applyPatch(odd, patchOf({ op: 'remove', reference: 'alpine:1', from: '' }));
    expect(changes).toEqual([{ op: 'remove', repository: 'alpine', reference: 'alpine:1', from: '' }]);
  });
});

describe('an operation that fits no store', () => {
  test.each<[string, unknown, string]>([
    ['a key in capitals', { op: 'add', reference: 'Alpine:1', image: imageA }, 'operations[0].reference'],
    ['a cut image ID', { op: 'move', reference: 'a:1', image: 'sha256:ab' }, 'operations[0].image'],
    [
      'an unknown op',
      { op: 'rename', reference: 'a:1' },
      'operations[0].op: "rename" is not add, move or remove',
    ],
  ])('%s', (_, operation, place) => {
    const error = errorFrom(() => applyPatch(store, patchOf(operation as Operation)), RefstoreError);
    expect(error.code).toBe('INVALID_PATCH');
    expect(error.message).toContain(place);
  });

  test('a patch of another kind', () => {
    const patch = { schema: 'docker-refstore/patch/v2', operations: [] } as unknown as Patch;
    expect(errorFrom(() => applyPatch(store, patch), RefstoreError).message).toContain('schema is');
  });
});

test.each<[unknown, string]>([
  [null, 'it is null, no object'],
  [undefined, 'it is undefined, no object'],
  ['text', 'it is text, no object'],
  [{}, 'schema is "undefined"'],
  [{ schema: 'docker-refstore/patch/v1' }, 'operations is no list'],
  [patchOf(null as never), 'the operation is no object'],
  [patchOf({ op: 'ad', reference: 'a:1', image: imageA } as never), '"ad" is not add, move or remove'],
  [patchOf({ op: 7, reference: 'a:1' } as never), '"7" is not add, move or remove'],
  [patchOf({ op: 'remove' } as never), 'operations[0].reference: it is no string'],
  [patchOf({ op: 'add', reference: 'a:9' } as never), 'operations[0].image: it is no string'],
])('%j is no patch', (patch, message) => {
  const error = errorFrom(() => applyPatch(store, patch as Patch), RefstoreError);
  expect(error).toMatchObject({ code: 'INVALID_PATCH', message: expect.stringContaining(message) });
});
