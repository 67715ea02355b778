import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareByteOrder, searchByteOrder } from '../../src/repositories/byte-order.ts';

/** Characters on both sides of the range in which UTF-16 and UTF-8 disagree. */
const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '😀', '𐀀'),
  maxLength: 4,
});

test('strings are ordered by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareByteOrder(a, b))).toBe(expected);
    }),
  );
});

test('astral characters come behind U+FFFF, where the default order has them before', () => {
  expect(compareByteOrder('\uffff', '😀')).toBeLessThan(0);
  expect('\uffff' < '😀').toBe(false);
});

test('a search gives the index, or where the name would have to be put', () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 8 }), text, (list, wanted) => {
      const sorted = [...list].sort(compareByteOrder);
      const found = searchByteOrder(sorted.length, (i) => sorted[i] as string, wanted);
      if (list.includes(wanted)) expect(sorted[found]).toBe(wanted);
      else expect(sorted.toSpliced(-1 - found, 0, wanted)).toEqual([...list, wanted].sort(compareByteOrder));
    }),
  );
});
