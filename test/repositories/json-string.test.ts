import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeJsonString, invalidUtf8Offsets } from '../../src/repositories/json-string.ts';

const bad = '\ufffd';

describe('decodeJsonString', () => {
  test.each([
    ['plain', 'abc', 'abc'],
    ['short escapes', String.raw`\"\\\/\b\f\n\r\t`, '"\\/\b\f\n\r\t'],
    ['an escaped letter of each length', String.raw`\u0041\u00e9\u20AC`, 'Aé€'],
    ['a surrogate pair', String.raw`\ud83d\uDE00`, '😀'],
    ['a high surrogate alone', String.raw`\ud83dx`, `${bad}x`],
    ['a low surrogate alone', String.raw`\ude00`, bad],
    ['a pair the wrong way round', String.raw`\ude00\ud83d`, bad + bad],
    ['two high surrogates before a low one', String.raw`\ud83d\ud83d\ude00`, `${bad}😀`],
    ['a high surrogate before another escape', String.raw`\ud83d\u0041`, `${bad}A`],
    ['a high surrogate before a short escape', String.raw`\ud83d\n`, `${bad}\n`],
    ['an escaped NUL', String.raw`\u0000`, '\0'],
  ])('%s', (_, json, expected) => {
    expect(decodeJsonString(Buffer.from(json))).toBe(expected);
  });

  test.each([
    ['a cut sequence of three', [0xe2, 0x82], bad.repeat(2)],
    ['a cut sequence of four', [0xf0, 0x9f, 0x90], bad.repeat(3)],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], bad.repeat(3)],
    ['an overlong NUL', [0xc0, 0x80], bad.repeat(2)],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], bad.repeat(4)],
    ['a stray continuation byte', [0x61, 0x80, 0x62], `a${bad}b`],
    ['a byte order mark', [0xef, 0xbb, 0xbf], '\ufeff'],
  ])('%s: a U+FFFD for each bad byte', (_, bytes, expected) => {
    expect(decodeJsonString(Uint8Array.from(bytes))).toBe(expected);
  });

  test('what JSON.stringify writes reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const inner = Buffer.from(JSON.stringify(text)).subarray(1, -1);
        expect(decodeJsonString(inner)).toBe(text);
      }),
    );
  });

  test('bytes with escapes and without give the same text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (random) => {
        const bytes = random.map((byte) => (byte === 0x5c ? 0x2f : byte));
        const withEscape = Buffer.concat([bytes, Buffer.from('\\n')]);
        expect(decodeJsonString(withEscape)).toBe(`${decodeJsonString(bytes)}\n`);
      }),
    );
  });
});

describe('invalidUtf8Offsets', () => {
  test('says where, up to a limit', () => {
    const bytes = Uint8Array.from([0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82]);
    expect(invalidUtf8Offsets(bytes, 100)).toEqual([1, 4, 5]);
    expect(invalidUtf8Offsets(bytes, 2)).toEqual([1, 4]);
  });
});
