import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { InvalidReferenceError } from '../../src/reference/invalid-reference-error.ts';
import { parseRepositories, Repositories, serializeRepositories } from '../../src/repositories/index.ts';
import {
  NullRepositoriesError,
  ReferenceConflictError,
  ReferenceNotFoundError,
} from '../../src/repositories/reference-errors.ts';
import { errorFrom } from '../support/errors.ts';
import { readVectors } from '../support/vectors.ts';

interface Step {
  op: 'addTag' | 'addDigest' | 'delete' | 'get' | 'referencesByName' | 'references';
  ref?: string;
  id?: string;
  force?: boolean;
  result: {
    ok?: true;
    id?: string;
    refs?: string[] | null;
    associations?: [string, string][] | null;
    error?: string;
    kind?: 'parse' | 'notFound' | 'invalid' | 'conflict';
    panic?: string;
    saved?: true;
  };
}

/** Calls on one store, and what Docker's own code answered. */
interface OpsVector {
  name: string;
  start: string | null;
  steps: Step[];
  final?: string;
  finalSha256?: string;
  finalLength?: number;
}

const vectors = await readVectors<OpsVector>('store-ops.jsonl');

test('there are as many vectors as were recorded', () => {
  expect(vectors).toHaveLength(180);
});

test.each(vectors)('$name', (vector) => {
  let store =
    vector.start === null ? Repositories.empty : parseRepositories(Buffer.from(vector.start, 'base64'));
  for (const step of vector.steps) {
    const { result } = step;
    if (result.error !== undefined || result.panic !== undefined) expectRefusal(store, step);
    else {
      const { after, answer } = perform(store, step);
      const { saved, ...expected } = result;
      expect(answer).toEqual(expected);
      // The daemon writes the file exactly when something is different from before.
      expect(after !== store).toBe(saved === true);
      store = after;
    }
  }
  const final = Buffer.from(serializeRepositories(store));
  if (vector.final !== undefined) expect(final.toString('base64')).toBe(vector.final);
  else {
    expect(final).toHaveLength(vector.finalLength as number);
    expect(createHash('sha256').update(final).digest('hex')).toBe(vector.finalSha256);
  }
});

function perform(store: Repositories, step: Step): { after: Repositories; answer: Step['result'] } {
  const { op, ref = '', id = '', force = false } = step;
  switch (op) {
    case 'addTag':
      return { after: store.addTag(ref, id, { force }), answer: { ok: true } };
    case 'addDigest':
      return { after: store.addDigest(ref, id), answer: { ok: true } };
    case 'delete':
      return { after: store.delete(ref), answer: { ok: true } };
    case 'get':
      return { after: store, answer: { id: store.get(ref) } };
    case 'references':
      return { after: store, answer: { refs: orNull(store.references(id)) } };
    case 'referencesByName': {
      const found = store.referencesByName(ref).map((one): [string, string] => [one.reference, one.imageId]);
      return { after: store, answer: { associations: orNull(found) } };
    }
  }
}

/** Go gives nil where we give an empty list. */
function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list;
}

function expectRefusal(store: Repositories, step: Step): void {
  const error = errorFrom(() => perform(store, step), RefstoreError);
  const { kind, error: text } = step.result;
  if (kind === undefined) expect(error).toBeInstanceOf(NullRepositoriesError);
  else if (kind === 'parse') {
    expect(error).toBeInstanceOf(InvalidReferenceError);
    expect(error).toMatchObject({ reason: text });
  } else if (kind === 'notFound') {
    expect(error).toBeInstanceOf(ReferenceNotFoundError);
    expect(error).toMatchObject({ reason: text });
  } else {
    expect(error).toBeInstanceOf(ReferenceConflictError);
    expect(error).toMatchObject({ kind, reason: text });
  }
}
