import { type Place, placeAt } from '../repositories/place.ts';

/** Bytes between two points at which the line is known. */
const blockSize = 64 * 1024;

/**
 * Places in a file, for many offsets: placeAt reads the file from its beginning each time, this one from the last
 * block boundary.
 */
export class LineIndex {
  readonly #bytes: Uint8Array;
  /** At each block boundary: the line there, and where that line starts. */
  readonly #lines: number[] = [];
  readonly #starts: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    let line = 1;
    let start = 0;
    for (let block = 0; block <= bytes.length; block += blockSize) {
      this.#lines.push(line);
      this.#starts.push(start);
      const local = placeAt(bytes.subarray(block, block + blockSize), blockSize);
      if (local.line === 1) continue;
      line += local.line - 1;
      start = Math.min(block + blockSize, bytes.length) - (local.column - 1);
    }
  }

  placeAt(offset: number): Place {
    const at = Math.min(Math.max(offset, 0), this.#bytes.length);
    const block = Math.floor(at / blockSize);
    const from = block * blockSize;
    const local = placeAt(this.#bytes.subarray(from, from + blockSize), at - from);
    const line = (this.#lines[block] as number) + local.line - 1;
    const start = local.line === 1 ? (this.#starts[block] as number) : at - (local.column - 1);
    return { offset: at, line, column: at - start + 1 };
  }
}
