import { describe, expect, onTestFinished, test } from 'vitest';
import {
  applyPatch,
  invertPatch,
  type Operation,
  type Patch,
  type PatchConflictError,
  parseRepositories,
} from '../../src/repositories/index.ts';
import { idA } from '../support/store.ts';

const patchOf = (operations: Operation[]): Patch => ({ schema: 'docker-refstore/patch/v1', operations });

/** Counts the elements of the lists that are gone through, or moved, by the methods that touch them all. */
function countingWork(): () => number {
  let work = 0;
  for (const name of [
    'filter',
    'unshift',
    'splice',
    'slice',
    'indexOf',
    'includes',
    'some',
    'find',
  ] as const) {
    const original = Array.prototype[name] as (...all: unknown[]) => unknown;
    Object.assign(Array.prototype, {
      [name](this: unknown[], ...all: unknown[]): unknown {
        const result = original.apply(this, all);
        work += Array.isArray(result) && name === 'slice' ? result.length : this.length;
        return result;
      },
    });
    onTestFinished(() => void Object.assign(Array.prototype, { [name]: original }));
  }
  return () => work;
}

describe('the work grows no faster than what there is to do', () => {
  test('for the inverse of a patch', () => {
    const count = 4_000;
    const patch = patchOf(
      Array.from({ length: count }, (_, i): Operation => ({ op: 'add', reference: `a:${i}`, image: idA })),
    );
    const work = countingWork();
    const inverse = invertPatch(patch);
    const done = work();
    expect(done).toBeLessThan(20 * count);
    expect(inverse.operations.at(0)).toMatchObject({ op: 'remove', reference: `a:${count - 1}` });
    expect(inverse.operations.at(-1)).toMatchObject({ op: 'remove', reference: 'a:0' });
  });

  test('for conflicts about one key in many buckets', () => {
    const count = 2_000;
    const buckets = Array.from({ length: count }, (_, i) => [`b${i}`, { 'a:1': idA }]);
    const repositories = parseRepositories(JSON.stringify({ Repositories: Object.fromEntries(buckets) }));
    const patch = patchOf(
      Array.from(
        { length: count },
        (_, i): Operation => ({ op: 'remove', reference: 'a:1', repository: `none-${i}` }),
      ),
    );
    const work = countingWork();
    let conflicts = 0;
    try {
      applyPatch(repositories, patch);
    } catch (error) {
      conflicts = (error as PatchConflictError).conflicts.length;
    }
    const done = work();
    expect(conflicts).toBe(count);
    expect(done).toBeLessThan(50 * count);
  });
});
