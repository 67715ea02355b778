import { goQuote } from './go-quote.ts';
import { decodeJsonString } from './json-string.ts';

export type ValueKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** How many containers may be open at once (encoding/json, maxNestingDepth). */
const deepest = 10_000;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const backslash = 0x5c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** Thrown where the text stops being JSON. Never leaves this folder. */
export class JsonStop extends Error {
  readonly kind: 'truncated' | 'syntax';
  readonly offset: number;
  /** Go's own words. */
  readonly daemonMessage: string;
  /** Ours. */
  readonly reason: string;

  constructor(kind: 'truncated' | 'syntax', offset: number, daemonMessage: string, reason: string) {
    super(reason);
    this.kind = kind;
    this.offset = offset;
    this.daemonMessage = daemonMessage;
    this.reason = reason;
  }
}

/**
 * Reads JSON from bytes, at a place, with Go's rules and Go's words for what is wrong (encoding/json,
 * scanner.go, Go 1.26). It walks and counts instead of recursing, so depth costs a byte a level.
 */
export class JsonReader {
  readonly bytes: Uint8Array;
  position = 0;
  /** What is being read, for messages: `the name of a repository`. */
  #what = 'the JSON';
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
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
    this.#what = what;
    this.skipSpace();
    const byte = this.#next();
    switch (byte) {
      case openObject:
        return 'object';
      case openArray:
        return 'array';
      case quote:
        return 'string';
      case 0x74:
      case 0x66:
        return 'boolean';
      case 0x6e:
        return 'null';
      default:
        if (byte === minus || isDigit(byte)) return 'number';
        return this.#refuse('looking for beginning of value', `where ${what} should begin`);
    }
  }

  /** Walks the members of the object that starts here; `member` must consume the value. */
  readObject(what: string, nameWhat: string, member: (name: string, offset: number) => void): void {
    this.#open(openObject, what);
    this.skipSpace();
    if (this.#next() !== closeObject) {
      for (;;) {
        this.skipSpace();
        const offset = this.position;
        const end = this.#skipName(nameWhat);
        member(decodeJsonString(this.bytes.subarray(offset + 1, end - 1)), offset);
        this.#what = what;
        this.skipSpace();
        const byte = this.#next();
        if (byte === closeObject) break;
        if (byte !== comma) this.#refuse('after object key:value pair', `after an entry of ${what}`);
        this.position++;
      }
    }
    this.#close();
  }

  readString(what: string): string {
    const start = this.position + 1;
    this.skipString(what);
    return decodeJsonString(this.bytes.subarray(start, this.position - 1));
  }

  /** Consumes the string whose opening quote is here. */
  skipString(what: string): void {
    this.#what = what;
    const { bytes } = this;
    this.position++;
    for (;;) {
      const byte = this.#next();
      if (byte === quote) break;
      if (byte === backslash) {
        this.#skipEscape();
        continue;
      }
      if (byte < 0x20) this.#refuse('in string literal', `in ${what}`);
      let at = this.position + 1;
      for (; at < bytes.length; at++) {
        const plain = bytes[at] as number;
        if (plain === quote || plain === backslash || plain < 0x20) break;
      }
      this.position = at;
    }
    this.position++;
  }

  /** Consumes any value, whatever is in it. */
  skipValue(what: string): void {
    const outer = this.#depth;
    /** For each container that was opened here: whether it is an object. */
    const open: boolean[] = [];
    for (;;) {
      if (this.#beginValue(what, open)) continue;
      // A value has ended; so may the containers around it.
      for (;;) {
        if (this.#depth === outer) return;
        const inObject = open[open.length - 1] as boolean;
        this.#what = what;
        this.skipSpace();
        const byte = this.#next();
        if (byte === comma) {
          this.position++;
          if (inObject) this.#skipName(`a name in ${what}`);
          break;
        }
        if (byte !== (inObject ? closeObject : closeArray)) {
          const context = inObject ? 'after object key:value pair' : 'after array element';
          this.#refuse(context, `in ${what}`);
        }
        open.pop();
        this.#close();
      }
    }
  }

  /** Consumes a scalar, an empty container, or the opening of a container: true when one is open now. */
  #beginValue(what: string, open: boolean[]): boolean {
    switch (this.peekKind(what)) {
      case 'object':
        this.#open(openObject, what);
        this.skipSpace();
        if (this.#next() === closeObject) {
          this.#close();
          return false;
        }
        open.push(true);
        this.#skipName(`a name in ${what}`);
        return true;
      case 'array':
        this.#open(openArray, what);
        this.skipSpace();
        if (this.#next() === closeArray) {
          this.#close();
          return false;
        }
        open.push(false);
        return true;
      case 'string':
        this.skipString(what);
        return false;
      case 'number':
        this.#skipNumber();
        return false;
      case 'boolean':
        this.#skipWord(this.bytes[this.position] === 0x74 ? 'true' : 'false');
        return false;
      case 'null':
        this.#skipWord('null');
        return false;
    }
  }

  /** Consumes the name of a member and the colon behind it; returns the offset behind the closing quote. */
  #skipName(what: string): number {
    this.skipSpace();
    if (this.#next() !== quote) {
      this.#refuse('looking for beginning of object key string', `where ${what} should begin`);
    }
    this.skipString(what);
    const end = this.position;
    this.skipSpace();
    if (this.#next() !== colon) this.#refuse('after object key', `after ${what}`);
    this.position++;
    return end;
  }

  #open(bracket: number, what: string): void {
    this.#what = what;
    if (++this.#depth > deepest) {
      const reason = `more than ${deepest} brackets are open in ${what}`;
      const daemonMessage = `invalid character ${goQuote(bracket)} exceeded max depth`;
      throw new JsonStop('syntax', this.position, daemonMessage, reason);
    }
    this.position++;
  }

  #close(): void {
    this.#depth--;
    this.position++;
  }

  #skipEscape(): void {
    this.position++;
    const letter = this.#next();
    if (letter === 0x75) {
      for (let digit = 0; digit < 4; digit++) {
        this.position++;
        if (!isHex(this.#next())) this.#refuse('in \\u hexadecimal character escape', `in ${this.#what}`);
      }
    } else if (!escapable.has(letter)) this.#refuse('in string escape code', `in ${this.#what}`);
    this.position++;
  }

  /** A number that ends with the file is whole at the top level only, where Go ends it with a space. */
  #skipNumber(): void {
    if (this.#peek() === minus) {
      this.position++;
      if (!isDigit(this.#next())) this.#refuse('in numeric literal', 'in a number');
    }
    if (this.#peek() === 0x30) this.position++;
    else this.#skipDigits();
    if (this.#peek() === 0x2e) {
      this.position++;
      if (!isDigit(this.#next())) this.#refuse('after decimal point in numeric literal', 'in a number');
      this.#skipDigits();
    }
    if (this.#peek() === 0x65 || this.#peek() === 0x45) {
      this.position++;
      if (this.#peek() === 0x2b || this.#peek() === minus) this.position++;
      if (!isDigit(this.#next())) this.#refuse('in exponent of numeric literal', 'in a number');
      this.#skipDigits();
    }
  }

  #skipDigits(): void {
    while (isDigit(this.#peek())) this.position++;
  }

  #skipWord(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#next() !== word.charCodeAt(i)) {
        this.#refuse(`in literal ${word} (expecting ${goQuote(word.charCodeAt(i))})`, `in the word ${word}`);
      }
      this.position++;
    }
  }

  #peek(): number {
    return this.bytes[this.position] ?? -1;
  }

  #next(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) {
      throw new JsonStop('truncated', this.position, 'unexpected EOF', `the file ends inside ${this.#what}`);
    }
    return byte;
  }

  #refuse(context: string, where: string): never {
    const byte = this.bytes[this.position] as number;
    const daemonMessage = `invalid character ${goQuote(byte)} ${context}`;
    throw new JsonStop('syntax', this.position, daemonMessage, `${name(byte)} ${where}`);
  }
}

const escapable: ReadonlySet<number> = new Set([...'bfnrt\\/"'].map((letter) => letter.charCodeAt(0)));

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

/** A byte for a message: `unexpected 's'`, `a NUL byte`. */
function name(byte: number): string {
  if (byte === 0) return 'a NUL byte';
  if (byte > 0x20 && byte < 0x7f) return `unexpected ${goQuote(byte)}`;
  return `unexpected byte 0x${byte.toString(16).padStart(2, '0')}`;
}
