import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { tryParseNormalizedNamed } from '../../src/reference/parse.ts';
import { parseRepositories, type Repositories, serializeRepositories } from '../../src/repositories/index.ts';
import { NullRepositoriesError, ReferenceNotFoundError } from '../../src/repositories/reference-errors.ts';
import { RepositoriesParseError } from '../../src/repositories/repositories-parse-error.ts';
import { scanRepositories } from '../../src/repositories/scan.ts';
import { errorFrom } from '../support/errors.ts';
import { readVectors } from '../support/vectors.ts';

/** One file content, and what Docker's own code made of it. */
interface LoadVector {
  name: string;
  file?: string;
  fileParts?: { b64: string; times: number }[];
  load: { ok: true } | { error: string; kind: string } | { panic: string };
  repositories?: [string, [string, string][] | null][] | null;
  repositoriesLength?: number;
  get?: { key: string; id?: string; error?: string; parseError?: string }[];
  referencesByName?: { name: string; parseError?: string; associations?: [string, string][] | null }[];
  references?: [string, string[] | null][];
  addThenDelete?: { saved?: string; savedSha256?: string; savedLength?: number; panic?: string };
}

const vectors = await readVectors<LoadVector>('store-load.jsonl');
const loaded = vectors.filter((vector) => 'ok' in vector.load);
const probe = 'registry.invalid/oracle-probe:added';
const anyImage = `sha256:${'0'.repeat(64)}`;

test('there are as many vectors as were recorded', () => {
  expect(vectors).toHaveLength(355);
  expect(loaded).toHaveLength(230);
});

describe('a file that the daemon refuses or crashes on', () => {
  const refused = vectors.filter((vector) => !('ok' in vector.load));
  test.each(refused)('$name', ({ load, ...vector }) => {
    const error = errorFrom(() => parseRepositories(bytesOf(vector)), RepositoriesParseError);
    if ('panic' in load) {
      expect(error.kind).toBe('null');
      expect(error.daemonMessage).toBe(load.panic);
    } else if ('error' in load) {
      expect(error.kind).toBe(load.kind);
      expect(error.daemonMessage).toBe(load.error);
    }
  });
});

describe('a file that the daemon reads', () => {
  test.each(loaded)('$name', (vector) => {
    const bytes = bytesOf(vector);
    const repositories = parseRepositories(bytes);
    expect(scanRepositories(bytes).failure).toBeUndefined();
    if (vector.repositories !== undefined) expect(stateOf(repositories)).toEqual(vector.repositories);
    if (vector.repositoriesLength !== undefined) {
      expect([...repositories.buckets()]).toHaveLength(vector.repositoriesLength);
    }
    for (const { key, id, error, parseError } of vector.get ?? []) {
      expect(tryParseNormalizedNamed(key) === undefined).toBe(parseError !== undefined);
      if (id !== undefined) expect(repositories.get(key)).toBe(id);
      if (error !== undefined) {
        expect(errorFrom(() => repositories.get(key), ReferenceNotFoundError).reason).toBe(error);
      }
    }
    for (const { name, parseError, associations } of vector.referencesByName ?? []) {
      expect(tryParseNormalizedNamed(name) === undefined).toBe(parseError !== undefined);
      if (parseError !== undefined) continue;
      const found = repositories.referencesByName(name).map((one) => [one.reference, one.imageId]);
      expect(found).toEqual(associations ?? []);
    }
    for (const [id, references] of vector.references ?? []) {
      expect(repositories.references(id)).toEqual(references ?? []);
    }
    checkSaved(repositories, vector.addThenDelete);
  });
});

function checkSaved(repositories: Repositories, expected: LoadVector['addThenDelete']): void {
  if (expected === undefined) throw new Error('the vector says nothing about a save');
  if (expected.panic !== undefined) {
    expect(() => repositories.addTag(probe, anyImage)).toThrow(NullRepositoriesError);
    return;
  }
  const saved = Buffer.from(serializeRepositories(repositories.addTag(probe, anyImage).delete(probe)));
  if (expected.saved !== undefined) expect(saved.toString('base64')).toBe(expected.saved);
  else {
    expect(saved).toHaveLength(expected.savedLength as number);
    expect(createHash('sha256').update(saved).digest('hex')).toBe(expected.savedSha256);
  }
  // What was not changed has the same bytes without the detour.
  expect(serializeRepositories(repositories)).toBe(saved.toString());
}

function stateOf(repositories: Repositories): LoadVector['repositories'] {
  if (repositories.isNull) return null;
  const entries = new Map<string, [string, string][]>();
  for (const { repository, reference, imageId } of repositories.entries()) {
    const bucket = entries.get(repository);
    if (bucket === undefined) entries.set(repository, [[reference, imageId]]);
    else bucket.push([reference, imageId]);
  }
  return [...repositories.buckets()].map(({ name, isNull }) => [
    name,
    isNull ? null : (entries.get(name) ?? []),
  ]);
}

function bytesOf({ file, fileParts }: Pick<LoadVector, 'file' | 'fileParts'>): Buffer {
  if (file !== undefined) return Buffer.from(file, 'base64');
  return Buffer.concat(
    (fileParts ?? []).flatMap(({ b64, times }) => Array(times).fill(Buffer.from(b64, 'base64'))),
  );
}
