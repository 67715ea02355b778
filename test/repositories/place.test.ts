import { expect, test } from 'vitest';
import { placeAt } from '../../src/repositories/place.ts';

const bytes = Buffer.from('ab\nécd\n\nx');

test.each([
  [0, 1, 1],
  [2, 1, 3],
  [3, 2, 1],
  // é has two bytes, and columns are bytes.
  [5, 2, 3],
  [8, 3, 1],
  [9, 4, 1],
  [10, 4, 2],
])('offset %i is line %i, column %i', (offset, line, column) => {
  expect(placeAt(bytes, offset)).toEqual({ offset, line, column });
});

test('an offset outside is brought to the nearer end', () => {
  expect(placeAt(bytes, 1000)).toEqual({ offset: 10, line: 4, column: 2 });
  expect(placeAt(bytes, -1)).toEqual({ offset: 0, line: 1, column: 1 });
});
