import type { FileHandle } from 'node:fs/promises';

/** Bytes that are taken from front to back. */
export interface ByteSource {
  /** Bytes taken or passed over so far. */
  readonly position: number;
  /** The next `length` bytes; fewer only where they end. */
  read(length: number): Promise<Buffer>;
  /** Passes over bytes. @returns how many there were */
  skip(length: number): Promise<number>;
}

/** A file, over whose layers one can jump. */
export class FileBytes implements ByteSource {
  readonly #file: FileHandle;
  readonly #size: number;
  #position = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  get position(): number {
    return this.#position;
  }

  async read(length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.min(length, Math.max(0, this.#size - this.#position)));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.#file.read(buffer, filled, buffer.length - filled, this.#position);
      if (bytesRead === 0) break;
      filled += bytesRead;
      this.#position += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async skip(length: number): Promise<number> {
    const skipped = Math.min(length, Math.max(0, this.#size - this.#position));
    this.#position += skipped;
    return skipped;
  }
}

/** A stream of chunks; what is passed over is let go at once. */
export class StreamBytes implements ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get position(): number {
    return this.#position;
  }

  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.#take(length, (part) => parts.push(part));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  async skip(length: number): Promise<number> {
    return await this.#take(length, () => undefined);
  }

  async #take(length: number, use: (part: Buffer) => void): Promise<number> {
    let left = length;
    while (left > 0) {
      if (this.#chunk.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) break;
        this.#chunk = next.value;
        continue;
      }
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      this.#position += part.length;
      left -= part.length;
      use(part);
    }
    return length - left;
  }
}
