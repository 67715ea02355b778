import { expect, test } from 'vitest';
import { goQuote } from '../../src/repositories/go-quote.ts';

test.each([
  [0x00, "'\\x00'"],
  [0x07, "'\\a'"],
  [0x0b, "'\\v'"],
  [0x0a, "'\\n'"],
  [0x22, "'\"'"],
  [0x27, "'\\''"],
  [0x5c, "'\\\\'"],
  [0x73, "'s'"],
  [0x7f, "'\\x7f'"],
  [0x85, "'\\u0085'"],
  [0xa0, "'\\u00a0'"],
  [0xad, "'\\u00ad'"],
  [0xef, "'ï'"],
])('byte %i is printed as Go prints it', (byte, expected) => {
  expect(goQuote(byte)).toBe(expected);
});
