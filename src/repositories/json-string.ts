const backslash = 0x5c;
const letterU = 0x75;

const wellFormed = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** U+FFFD in UTF-8. */
const replacement = [0xef, 0xbf, 0xbd];

const shortEscapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 0x08, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
);

/**
 * The text between the quotes of a JSON string, decoded as Go decodes it: every byte that is not part of a
 * well-formed character becomes one U+FFFD (TextDecoder makes one of a whole cut sequence), and so does every
 * escaped surrogate without its partner (encoding/json, unquoteBytes). The escapes must be valid already.
 */
export function decodeJsonString(bytes: Uint8Array): string {
  if (!bytes.includes(backslash)) {
    try {
      return wellFormed.decode(bytes);
    } catch {
      // Not UTF-8: byte by byte then.
    }
  }
  return wellFormed.decode(unquote(bytes));
}

/** The string in well-formed UTF-8, without escapes. */
function unquote(bytes: Uint8Array): Uint8Array {
  const invalid = countInvalid(bytes);
  // An escape is never longer than what it stands for; an invalid byte becomes three.
  const text = new Uint8Array(bytes.length + 2 * invalid);
  let end = 0;
  const put = (utf8: readonly number[] | Uint8Array) => {
    for (const byte of utf8) text[end++] = byte;
  };
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== backslash) {
      const length = characterLength(bytes, at);
      if (length === 0) put(replacement);
      for (let i = 0; i < length; i++) text[end++] = bytes[at + i] as number;
      at += length || 1;
      continue;
    }
    const letter = bytes[at + 1] as number;
    if (letter !== letterU) {
      text[end++] = shortEscapes.get(letter) ?? letter;
      at += 2;
      continue;
    }
    const high = escapedUnit(bytes, at) as number;
    const low = escapedUnit(bytes, at + 6);
    at += 6;
    if (high < 0xd800 || high > 0xdfff) put(encodeUtf8(high));
    else if (high < 0xdc00 && low !== undefined && low >= 0xdc00 && low <= 0xdfff) {
      put(encodeUtf8(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
      at += 6;
    } else put(replacement);
  }
  return text.subarray(0, end);
}

function encodeUtf8(codePoint: number): number[] {
  const tail = (shift: number) => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), tail(0)];
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), tail(6), tail(0)];
  return [0xf0 | (codePoint >> 18), tail(12), tail(6), tail(0)];
}

function countInvalid(bytes: Uint8Array): number {
  let invalid = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length === 0) invalid++;
    at += length || 1;
  }
  return invalid;
}

/** Offsets, within `bytes`, of the bytes that are not part of a well-formed character; at most `limit`. */
export function invalidUtf8Offsets(bytes: Uint8Array, limit: number): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length && offsets.length < limit; ) {
    if ((bytes[at] as number) < 0x80) {
      at++;
      continue;
    }
    const length = characterLength(bytes, at);
    if (length === 0) offsets.push(at);
    at += length || 1;
  }
  return offsets;
}

/** How many bytes the character at `at` has, 0 when it is not well-formed (unicode/utf8, DecodeRune). */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // No overlong forms, no surrogates, nothing above U+10FFFF: told by the second byte.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

/** The number in the `\uXXXX` at `at`; undefined for anything else. */
function escapedUnit(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== backslash || bytes[at + 1] !== letterU) return undefined;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) unit = unit * 16 + hexValue(bytes[i] as number);
  return unit;
}

function hexValue(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
}
