const blockSize = 512;
/** What eleven octal digits can say. */
const maxOctal = 0o77777777777;

/** The two blocks that close a tar archive. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * blockSize);

/** What stands before a regular file of a tar archive: ustar, with GNU's long names and sizes. No owner, dated 1970. */
export function tarHeader(name: string, size: number): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length <= 100) return header(bytes, size, '0');
  // The name goes before as content; the header itself holds its beginning.
  const long = Buffer.concat([bytes, Buffer.alloc(1)]);
  const before = [header(Buffer.from('././@LongLink'), long.length, 'L'), long, tarPadding(long.length)];
  return Buffer.concat([...before, header(bytes.subarray(0, 100), size, '0')]);
}

/** What stands behind a file of this size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

function header(name: Buffer, size: number, type: string): Buffer {
  const block = Buffer.alloc(blockSize);
  name.copy(block);
  octal(block, 0o644, 100, 8);
  octal(block, 0, 108, 8);
  octal(block, 0, 116, 8);
  if (size <= maxOctal) octal(block, size, 124, 12);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(block, 0, 136, 12);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  // The sum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
}
