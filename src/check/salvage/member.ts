import { isImageId } from '../../reference/digest.ts';

/**
 * A member of an object, `"name": value`, read from bytes of which nothing is certain. Every read is bounded, so
 * that trying each quote of a file costs time in proportion to its length.
 */
export type Member =
  /** `"name":"sha256:<64 hex>"`, escaped or not. */
  | { readonly kind: 'image'; readonly name: string; readonly imageId: string; readonly end: number }
  /** `"name":{`; end is behind the bracket. */
  | { readonly kind: 'open'; readonly name: string; readonly end: number }
  /** Any other string or word as the value. */
  | { readonly kind: 'other'; readonly name: string; readonly end: number }
  /** No member: at is where it stops being one; name is there if that was whole. */
  | { readonly kind: 'broken'; readonly name: string | undefined; readonly at: number };

/** The longest name that is read; those of real stores have fewer than 1000 bytes. */
const maxNameLength = 4096;
const maxValueLength = 4096;

const imageIdLength = '"sha256:"'.length + 64;
const imageIdPattern = /^"(sha256:[a-f0-9]{64})"$/;
const word = /^(?:null|true|false|-?\d[\d.eE+-]*)/;

const quote = 0x22;
const backslash = 0x5c;

/** Reads the member whose name's opening quote is at `start`. */
export function readMember(bytes: Uint8Array, start: number): Member {
  const nameEnd = stringEnd(bytes, start, maxNameLength);
  if (nameEnd.broken) return { kind: 'broken', name: undefined, at: nameEnd.at };
  const name = decode(bytes, start, nameEnd.at);
  const colon = skipSpace(bytes, nameEnd.at);
  if (name === undefined) return { kind: 'broken', name, at: start };
  // Without a colon it is a name only where the file ends; elsewhere it may be what stands between two strings.
  if (bytes[colon] !== 0x3a) {
    return { kind: 'broken', name: colon === bytes.length ? name : undefined, at: colon };
  }
  return readValue(bytes, skipSpace(bytes, colon + 1), name);
}

function readValue(bytes: Uint8Array, start: number, name: string): Member {
  if (bytes[start] === 0x7b) return { kind: 'open', name, end: start + 1 };
  if (bytes[start] === quote) {
    const imageId = imageIdPattern.exec(latin1(bytes, start, start + imageIdLength))?.[1];
    if (imageId !== undefined) return { kind: 'image', name, imageId, end: start + imageIdLength };
    const end = stringEnd(bytes, start, maxValueLength);
    if (end.broken) return { kind: 'broken', name, at: end.at };
    const text = decode(bytes, start, end.at);
    return text !== undefined && isImageId(text)
      ? { kind: 'image', name, imageId: text, end: end.at }
      : { kind: 'other', name, end: end.at };
  }
  const text = word.exec(latin1(bytes, start, start + 32))?.[0];
  if (text === undefined) return { kind: 'broken', name, at: start };
  return { kind: 'other', name, end: start + text.length };
}

/** Behind the closing quote of the string at `start`; or where it stops being a string. */
function stringEnd(bytes: Uint8Array, start: number, maxLength: number): { at: number; broken: boolean } {
  const limit = Math.min(bytes.length, start + maxLength);
  for (let at = start + 1; at < limit; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) return { at: at + 1, broken: false };
    if (byte < 0x20) return { at, broken: true };
    if (byte === backslash) at++;
  }
  return { at: limit, broken: true };
}

/** The string with its quotes at [start, end), or undefined where its escapes or its UTF-8 are wrong. */
function decode(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return JSON.parse(strict.decode(bytes.subarray(start, end))) as string;
  } catch {
    return undefined;
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at++;
  return at;
}

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
