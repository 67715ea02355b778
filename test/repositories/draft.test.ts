import { expect, test } from 'vitest';
import { Draft } from '../../src/repositories/draft.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { imageA, imageB } from '../support/repositories.ts';

const { sorted } = parseRepositories(
  `{"Repositories":{"a":{"a:1":"${imageA}"},"b":{"b:1":"${imageA}"},"n":null}}`,
);

test('a bucket is rebuilt only where something in it is different', () => {
  const draft = new Draft(sorted);
  draft.set('a', 'a:1', imageA);
  draft.set('n', 'n:1', imageA);
  draft.set('n', 'n:1', undefined);
  draft.set('b', 'b:2', imageB);
  const after = draft.finish();
  expect(after[0]).toBe(sorted[0]);
  expect(after[1]).not.toBe(sorted[1]);
  expect(after[2]).toBe(sorted[2]);
  expect(draft.changes()).toEqual([{ op: 'add', repository: 'b', reference: 'b:2', image: imageB }]);
});

test('what was set is seen at once, and what it was made from does not change', () => {
  const draft = new Draft(sorted);
  draft.set('a', 'a:1', undefined);
  draft.set('c', 'c:1', imageB);
  expect(draft.get('a', 'a:1')).toBeUndefined();
  expect(draft.get('b', 'b:1')).toBe(imageA);
  expect(draft.get('c', 'c:1')).toBe(imageB);
  expect(draft.finish().map((bucket) => bucket.name)).toEqual(['b', 'c', 'n']);
  expect(sorted.map((bucket) => bucket.name)).toEqual(['a', 'b', 'n']);
});
