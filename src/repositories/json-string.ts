const replacement = '\ufffd';
const backslash = 0x5c;
const letterU = 0x75;

const wellFormed = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const shortEscapes: ReadonlyMap<number, string> = new Map(
  Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([letter, character]) => [
    letter.charCodeAt(0),
    character,
  ]),
);

/**
 * The text between the quotes of a JSON string, decoded as Go decodes it: every byte that is not part of a
 * well-formed character becomes one U+FFFD, and so does every escaped surrogate without its partner
 * (encoding/json, unquoteBytes). The escapes must be valid already.
 */
export function decodeJsonString(bytes: Uint8Array): string {
  let text = '';
  let from = 0;
  for (let at = bytes.indexOf(backslash); at !== -1; at = bytes.indexOf(backslash, from)) {
    text += decodeUtf8(bytes.subarray(from, at));
    const letter = bytes[at + 1] as number;
    if (letter !== letterU) {
      text += shortEscapes.get(letter) ?? String.fromCharCode(letter);
      from = at + 2;
      continue;
    }
    const unit = escapedUnit(bytes, at) as number;
    from = at + 6;
    if (!isSurrogate(unit)) {
      text += String.fromCharCode(unit);
      continue;
    }
    const next = escapedUnit(bytes, from);
    if (unit < 0xdc00 && next !== undefined && next >= 0xdc00 && next <= 0xdfff) {
      text += String.fromCharCode(unit, next);
      from += 6;
    } else text += replacement;
  }
  return text + decodeUtf8(from === 0 ? bytes : bytes.subarray(from));
}

/** Offsets, within `bytes`, of the bytes that are not part of a well-formed character; at most `limit`. */
export function invalidUtf8Offsets(bytes: Uint8Array, limit: number): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length && offsets.length < limit; ) {
    const length = characterLength(bytes, at);
    if (length === 0) offsets.push(at);
    at += length || 1;
  }
  return offsets;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return wellFormed.decode(bytes);
  } catch {
    return decodeByteByByte(bytes);
  }
}

/** TextDecoder makes one U+FFFD of a cut sequence, Go one of each byte. */
function decodeByteByByte(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    pieces.push(wellFormed.decode(bytes.subarray(from, at)), replacement);
    at++;
    from = at;
  }
  pieces.push(wellFormed.decode(bytes.subarray(from)));
  return pieces.join('');
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

/** The number in the `\uXXXX` at `at`; undefined when something else stands there. */
function escapedUnit(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== backslash || bytes[at + 1] !== letterU) return undefined;
  return Number.parseInt(String.fromCharCode(...bytes.subarray(at + 2, at + 6)), 16);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
