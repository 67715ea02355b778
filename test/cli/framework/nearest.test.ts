import { expect, test } from 'vitest';
import { nearest } from '../../../src/cli/framework/nearest.ts';

const names = ['status', 'ls', 'resolve', 'restart', 'rollback', 'data-root', 'dry-run'];

test.each([
  ['stauts', 'status'],
  ['statsu', 'status'],
  ['restar', 'restart'],
  ['resolv', 'resolve'],
  ['list', undefined],
  ['sl', 'ls'],
  ['l', 'ls'],
  ['dryrun', 'dry-run'],
  ['dataroot', 'data-root'],
  ['data_root', 'data-root'],
  ['roll', 'rollback'],
  ['xyzzy', undefined],
  ['', undefined],
  ['s'.repeat(10_000), undefined],
])('%j is most likely %j', (word, expected) => {
  expect(nearest(word, names)).toBe(expected);
});
