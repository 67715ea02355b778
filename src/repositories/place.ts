/** A place in a file. */
export interface Place {
  /** In bytes, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** In bytes, from 1. */
  readonly column: number;
}

const newline = 0x0a;

export function placeAt(bytes: Uint8Array, offset: number): Place {
  const end = Math.min(Math.max(offset, 0), bytes.length);
  let line = 1;
  let lineStart = 0;
  for (let at = bytes.indexOf(newline); at !== -1 && at < end; at = bytes.indexOf(newline, at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { offset: end, line, column: end - lineStart + 1 };
}
