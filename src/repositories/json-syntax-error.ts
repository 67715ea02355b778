import { goQuote } from './go-quote.ts';

/** Where the reader stands, seen from what it reads. */
export type Side = 'before' | 'in' | 'after';

/** Thrown where the text stops being JSON. Never leaves this folder. */
export class JsonSyntaxError extends Error {
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

  /** The bytes end before the value does. */
  static truncated(offset: number, document: string, side: Side, what: string): JsonSyntaxError {
    return new JsonSyntaxError(
      'truncated',
      offset,
      'unexpected EOF',
      `${document} ends ${where(side, what)}`,
    );
  }

  /** @param context what Go says behind the character */
  static syntax(
    bytes: Uint8Array,
    offset: number,
    context: string,
    side: Side,
    what: string,
  ): JsonSyntaxError {
    const daemonMessage = `invalid character ${goQuote(bytes[offset] as number)} ${context}`;
    return new JsonSyntaxError(
      'syntax',
      offset,
      daemonMessage,
      `${describe(bytes, offset)} ${where(side, what)}`,
    );
  }
}

function where(side: Side, what: string): string {
  return side === 'before' ? `where ${what} should begin` : `${side} ${what}`;
}

const marks: readonly [string, readonly number[]][] = [
  ['a byte order mark', [0xef, 0xbb, 0xbf]],
  ['a byte order mark of UTF-16', [0xff, 0xfe]],
  ['a byte order mark of UTF-16', [0xfe, 0xff]],
  ['a NUL byte', [0]],
];

/** The unexpected text: `unexpected 's'`, `a NUL byte`. */
function describe(bytes: Uint8Array, at: number): string {
  const mark = marks.find(([, pattern]) => pattern.every((byte, i) => bytes[at + i] === byte));
  if (mark !== undefined) return mark[0];
  const byte = bytes[at] as number;
  if (byte > 0x20 && byte < 0x7f) return `unexpected ${goQuote(byte)}`;
  return `unexpected byte 0x${byte.toString(16).padStart(2, '0')}`;
}
