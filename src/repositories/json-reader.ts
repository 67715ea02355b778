import { goQuote } from './go-quote.ts';
import { decodeJsonString } from './json-string.ts';
import { JsonSyntaxError, type Side } from './json-syntax-error.ts';

export type ValueKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** How many containers may be open at once (encoding/json, maxNestingDepth). */
const maxGoDepth = 10_000;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const backslash = 0x5c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const capitalE = 0x45;
const letterE = 0x65;
const letterF = 0x66;
const letterN = 0x6e;
const letterT = 0x74;
const letterU = 0x75;
const escapable: ReadonlySet<number> = new Set([...'bfnrt\\/"'].map((letter) => letter.charCodeAt(0)));

/**
 * Reads JSON from bytes, at a place, with Go's rules and Go's words for what is wrong (the scanner
 * of encoding/json, Go 1.26). It walks and counts instead of recursing. `what` is always the thing that is being
 * read, for messages: `the name of a repository`.
 */
export class JsonReader {
  readonly bytes: Uint8Array;
  position = 0;
  /** What the bytes are, for messages: `the file`. */
  readonly #what: string;
  readonly #maxDepth: number;
  #depth = 0;

  /** @param deepest how many containers may be open at once */
  constructor(bytes: Uint8Array, document: string, maxDepth = maxGoDepth) {
    this.bytes = bytes;
    this.#what = document;
    this.#maxDepth = maxDepth;
  }

  skipSpace(): void {
    const { bytes } = this;
    let at = this.position;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    }
    this.position = at;
  }

  /** The kind of the value that starts here; nothing is consumed but white space before it. */
  peekKind(what: string): ValueKind {
    this.skipSpace();
    const byte = this.#next('before', what);
    switch (byte) {
      case openObject:
        return 'object';
      case openArray:
        return 'array';
      case quote:
        return 'string';
      case letterT:
      case letterF:
        return 'boolean';
      case letterN:
        return 'null';
      default:
        if (byte === minus || isDigit(byte)) return 'number';
        return this.#refuse('looking for beginning of value', 'before', what);
    }
  }

  /** Walks the members of the object that starts here; `member` must consume the value. */
  readObject(what: string, nameWhat: string, member: (name: string, offset: number) => void): void {
    if (!this.#openContainer(openObject, closeObject, what)) return;
    for (;;) {
      this.skipSpace();
      const offset = this.position;
      const end = this.#skipName(nameWhat);
      member(decodeJsonString(this.bytes.subarray(offset + 1, end - 1)), offset);
      this.skipSpace();
      const byte = this.#next('in', what);
      if (byte === closeObject) break;
      if (byte !== comma) this.#refuse('after object key:value pair', 'in', what);
      this.position++;
    }
    this.#closeContainer();
  }

  readString(what: string): string {
    const start = this.position + 1;
    this.#skipString(what);
    return decodeJsonString(this.bytes.subarray(start, this.position - 1));
  }

  /** Consumes any value, whatever is in it. */
  skipValue(what: string): void {
    const outer = this.#depth;
    /** For each container that was opened here: whether it is an object. */
    const open: boolean[] = [];
    for (;;) {
      if (this.#beginValue(what, open)) continue;
      // A value has ended; so may the containers around it.
      while (this.#depth > outer) {
        const inObject = open.at(-1) === true;
        this.skipSpace();
        const byte = this.#next('in', what);
        if (byte === comma) {
          this.position++;
          if (inObject) this.#skipName(`a name in ${what}`);
          break;
        }
        if (byte !== (inObject ? closeObject : closeArray)) {
          this.#refuse(inObject ? 'after object key:value pair' : 'after array element', 'in', what);
        }
        open.pop();
        this.#closeContainer();
      }
      if (this.#depth === outer) return;
    }
  }

  /** Consumes a scalar, an empty container, or the opening of a container: true when one is open now. */
  #beginValue(what: string, open: boolean[]): boolean {
    const kind = this.peekKind(what);
    switch (kind) {
      case 'object':
        if (!this.#openContainer(openObject, closeObject, what)) return false;
        open.push(true);
        this.#skipName(`a name in ${what}`);
        return true;
      case 'array':
        if (!this.#openContainer(openArray, closeArray, what)) return false;
        open.push(false);
        return true;
      case 'string':
        this.#skipString(what);
        return false;
      case 'number':
        this.#skipNumber();
        return false;
      case 'null':
        this.#skipWord('null');
        return false;
      case 'boolean':
        this.#skipWord(this.#peek() === letterT ? 'true' : 'false');
        return false;
    }
  }

  /** Consumes the opening bracket; false when the closing one follows, and is consumed too. */
  #openContainer(opening: number, closing: number, what: string): boolean {
    if (++this.#depth > this.#maxDepth) {
      const reason = `more than ${this.#maxDepth} brackets are open in ${what}`;
      throw new JsonSyntaxError(
        'syntax',
        this.position,
        `invalid character ${goQuote(opening)} exceeded max depth`,
        reason,
      );
    }
    this.position++;
    this.skipSpace();
    if (this.#next('in', what) !== closing) return true;
    this.#closeContainer();
    return false;
  }

  #closeContainer(): void {
    this.#depth--;
    this.position++;
  }

  /** Consumes the name of a member and the colon behind it; returns the offset behind the closing quote. */
  #skipName(what: string): number {
    this.skipSpace();
    if (this.#next('before', what) !== quote) {
      this.#refuse('looking for beginning of object key string', 'before', what);
    }
    this.#skipString(what);
    const end = this.position;
    this.skipSpace();
    if (this.#next('after', what) !== colon) this.#refuse('after object key', 'after', what);
    this.position++;
    return end;
  }

  /** Consumes the string whose opening quote is here. */
  #skipString(what: string): void {
    const { bytes } = this;
    this.position++;
    for (;;) {
      let at = this.position;
      for (; at < bytes.length; at++) {
        const byte = bytes[at] as number;
        if (byte === quote || byte === backslash || byte < 0x20) break;
      }
      this.position = at;
      const byte = this.#next('in', what);
      if (byte === quote) break;
      if (byte !== backslash) this.#refuse('in string literal', 'in', what);
      this.#skipEscape(what);
    }
    this.position++;
  }

  #skipEscape(what: string): void {
    this.position++;
    const letter = this.#next('in', what);
    if (letter === letterU) {
      for (let digit = 0; digit < 4; digit++) {
        this.position++;
        if (!isHex(this.#next('in', what))) {
          this.#refuse('in \\u hexadecimal character escape', 'in', what);
        }
      }
    } else if (!escapable.has(letter)) this.#refuse('in string escape code', 'in', what);
    this.position++;
  }

  #skipNumber(): void {
    if (this.#peek() === minus) {
      this.position++;
      this.#expectDigit('in numeric literal');
    }
    if (this.#peek() === zero) this.position++;
    else this.#skipDigits();
    if (this.#peek() === dot) {
      this.position++;
      this.#expectDigit('after decimal point in numeric literal');
      this.#skipDigits();
    }
    if (this.#peek() === letterE || this.#peek() === capitalE) {
      this.position++;
      if (this.#peek() === plus || this.#peek() === minus) this.position++;
      this.#expectDigit('in exponent of numeric literal');
      this.#skipDigits();
    }
  }

  #expectDigit(context: string): void {
    if (!isDigit(this.#next('in', 'a number'))) this.#refuse(context, 'in', 'a number');
  }

  #skipDigits(): void {
    while (isDigit(this.#peek())) this.position++;
  }

  #skipWord(word: string): void {
    for (let i = 0; i < word.length; i++) {
      const letter = word.charCodeAt(i);
      if (this.#next('in', `the word ${word}`) !== letter) {
        this.#refuse(`in literal ${word} (expecting ${goQuote(letter)})`, 'in', `the word ${word}`);
      }
      this.position++;
    }
  }

  /** The byte here, -1 at the end. */
  #peek(): number {
    return this.bytes[this.position] ?? -1;
  }

  /** The byte here, which must be one. */
  #next(side: Side, what: string): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw JsonSyntaxError.truncated(this.position, this.#what, side, what);
    return byte;
  }

  #refuse(context: string, side: Side, what: string): never {
    throw JsonSyntaxError.syntax(this.bytes, this.position, context, side, what);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}
