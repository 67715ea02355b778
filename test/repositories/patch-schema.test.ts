import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { parsePatch, patchSchema } from '../../src/repositories/patch-schema.ts';
import { errorFrom } from '../support/errors.ts';
import { imageA } from '../support/repositories.ts';

const schema = 'docker-refstore/patch/v1';
const document = (...operations: unknown[]) => JSON.stringify({ schema, operations });

test('reads a whole document', () => {
  const patch = {
    schema,
    base: { sha256: 'a'.repeat(64) },
    operations: [
      { op: 'add', reference: 'a:1', image: imageA },
      { op: 'move', reference: 'a:2', from: '', image: imageA },
      { op: 'move', reference: 'a:2', image: imageA },
      { op: 'remove', reference: 'no reference', from: 'foo', repository: '' },
      { op: 'remove', reference: 'a:3' },
    ],
  };
  expect(parsePatch(JSON.stringify(patch))).toEqual(patch);
  expect(patchSchema.safeParse(patch).success).toBe(true);
});

describe('one clear sentence for', () => {
  test.each([
    ['nothing', '', 'it is not JSON: line 1, column 1: the document ends where the patch should begin'],
    [
      'a cut document',
      `{"schema":"${schema}",\n"operations":[`,
      'it is not JSON: line 2, column 15: the document ends in the patch',
    ],
    [
      'a comma too many',
      document().replace('[]', '[,]'),
      "it is not JSON: line 1, column 52: unexpected ',' where the patch should begin",
    ],
    [
      'two documents',
      `${document()}{}`,
      'it is not JSON: line 1, column 54: something follows the end of the document',
    ],
    ['a list', '[]', 'the document is a list, expected an object'],
    ['another schema', '{"schema":"x","operations":[]}', `schema is "x", expected "${schema}"`],
    ['no schema', '{"operations":[]}', `schema is missing, expected "${schema}"`],
    ['no operations', `{"schema":"${schema}"}`, 'operations is missing'],
    [
      'operations of another type',
      `{"schema":"${schema}","operations":{}}`,
      'operations is an object, expected a list',
    ],
    [
      'an unknown field',
      `{"schema":"${schema}","operations":[],"dry-run":true}`,
      'the document has a field that is unknown here: "dry-run"',
    ],
    [
      'a base that is no sha256',
      `{"schema":"${schema}","base":{"sha256":"AB"},"operations":[]}`,
      'base.sha256 is "AB", expected 64 lower-case hex digits',
    ],
    [
      'an unknown op',
      document({ op: 'rename', reference: 'a:1' }),
      'operations[0].op is "rename", expected add, move or remove',
    ],
    ['no op', document({ reference: 'a:1' }), 'operations[0].op is missing, expected add, move or remove'],
    ['an operation that is none', document(7), 'operations[0] is 7, expected an object'],
    [
      'a typo in a field name',
      document({ op: 'remove', refrence: 'a:1' }),
      'operations[0].reference is missing; operations[0] has a field that is unknown here: "refrence"',
    ],
    ['a missing image', document({ op: 'add', reference: 'a:1' }), 'operations[0].image is missing'],
    [
      'a field of another operation',
      document({ op: 'add', reference: 'a:1', image: imageA, from: imageA }),
      'operations[0] has a field that is unknown here: "from"',
    ],
    [
      'a number for a name',
      document({ op: 'remove', reference: 7 }),
      'operations[0].reference is 7, expected a string',
    ],
    [
      'a cut image ID',
      document({ op: 'remove', reference: 'a:1' }, { op: 'add', reference: 'a:1', image: 'sha256:ab' }),
      'operations[1].image: "sha256:ab" is not an image ID: sha256: and 64 lower-case hex digits',
    ],
    [
      'a reference in capitals',
      document({ op: 'add', reference: 'Alpine:1', image: imageA }),
      'operations[0].reference: "Alpine:1" is not a valid reference: invalid reference format: repository name (library/Alpine) must be lowercase (write the repository name in lower case: "alpine:1")',
    ],
    [
      'a full name',
      document({ op: 'add', reference: 'docker.io/library/a:1', image: imageA }),
      'operations[0].reference: "docker.io/library/a:1" is not how the daemon writes it: "a:1"',
    ],
  ])('%s', (_, text, sentence) => {
    const error = errorFrom(() => parsePatch(text), RefstoreError);
    expect(error.code).toBe('INVALID_PATCH');
    expect(error.message).toBe(`the patch is not valid: ${sentence}`);
    expect(error.hint).toMatch(/\w/);
  });
});

test('every problem is in the details, the first few in the message', () => {
  const bad = Array.from({ length: 5 }, () => ({ op: 'add', reference: 'a:1', image: 'x' }));
  const error = errorFrom(() => parsePatch(document(...bad)), RefstoreError);
  expect(error.details['problems']).toHaveLength(5);
  expect(error.message).toMatch(/and 2 more$/);
});

test('nesting does not overflow', () => {
  const text = `{"schema":"${schema}","operations":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  expect(errorFrom(() => parsePatch(text), RefstoreError).code).toBe('INVALID_PATCH');
});

test('bytes read as their text does, behind a byte order mark too', () => {
  const text = document({ op: 'add', reference: 'a:1', image: imageA });
  expect(parsePatch(new TextEncoder().encode(text))).toEqual(parsePatch(text));
  expect(parsePatch(new TextEncoder().encode(`\ufeff${text}`))).toEqual(parsePatch(text));
});

test('brackets are counted before anything is built', () => {
  const text = `{"schema":"${schema}","operations":${'['.repeat(100)}`;
  const error = errorFrom(() => parsePatch(text), RefstoreError);
  expect(error).toMatchObject({
    code: 'INVALID_PATCH',
    message: expect.stringMatching(/more than 100 brackets/),
  });
});
