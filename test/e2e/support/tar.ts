export interface TarEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode?: number;
}

const blockSize = 512;

/** A POSIX (ustar) archive of regular files, the same bytes each time: no owner, and dated 1970. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => [
    header(entry),
    entry.content,
    Buffer.alloc((blockSize - (entry.content.length % blockSize)) % blockSize),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * blockSize)]);
}

function header({ name, content, mode = 0o644 }: TarEntry): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
  if (Buffer.byteLength(name) > 99) throw new Error(`too long a name for a plain tar header: ${name}`);
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  // The checksum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
