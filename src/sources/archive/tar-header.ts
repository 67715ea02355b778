export const blockSize = 512;

export interface TarHeader {
  /** Its name as it stands, with the prefix before it. */
  readonly name: string;
  readonly type: string;
  /** In bytes, of what follows. */
  readonly size: number;
}

/**
 * Reads a header block (POSIX ustar, GNU's, and those of before).
 * @returns 'end' for a block of zeros; undefined for what is no header
 */
export function parseTarHeader(block: Buffer): TarHeader | 'end' | undefined {
  if (block.every((byte) => byte === 0)) return 'end';
  if (!hasItsSum(block)) return undefined;
  const size = numberAt(block, 124, 12);
  if (size === undefined) return undefined;
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const type = String.fromCharCode(block[156] as number);
  return { name: prefix === '' ? name : `${prefix}/${name}`, type: type === '\0' ? '0' : type, size };
}

/** The sum of all bytes, its own field taken as spaces; some old writers added them as signed numbers. */
function hasItsSum(block: Buffer): boolean {
  const stored = numberAt(block, 148, 8);
  let sum = 0;
  let signedSum = 0;
  for (let index = 0; index < blockSize; index++) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] as number);
    sum += byte;
    signedSum += byte < 0x80 ? byte : byte - 0x100;
  }
  return stored === sum || stored === signedSum;
}

/** Octal digits, or GNU's and star's base 256 for what these cannot hold (8 GiB and more). */
function numberAt(block: Buffer, offset: number, length: number): number | undefined {
  const first = block[offset] as number;
  if ((first & 0x80) !== 0) {
    let value = BigInt(first & 0x7f);
    for (let index = 1; index < length; index++)
      value = (value << 8n) | BigInt(block[offset + index] as number);
    return first === 0x80 && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }
  const text = block
    .toString('latin1', offset, offset + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : undefined;
}

function textAt(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  return block.toString('utf8', offset, end < 0 || end > offset + length ? offset + length : end);
}

/**
 * The records of a pax header that matter here: `path` and `size` stand for those of the next header
 * (POSIX pax, "<length> <keyword>=<value>\n").
 * @returns undefined for bytes that are not a header
 */
export function parsePax(body: Buffer): { readonly path?: string; readonly size?: number } | undefined {
  let path: string | undefined;
  let size: number | undefined;
  for (let start = 0; start < body.length; ) {
    const space = body.indexOf(0x20, start);
    const digits = space < 0 || space - start > 10 ? '' : body.toString('latin1', start, space);
    const end = start + Number(digits);
    if (!/^[1-9][0-9]*$/.test(digits) || end > body.length || body[end - 1] !== 0x0a) return undefined;
    const record = body.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    const [keyword, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (keyword === 'path') path = value;
    else if (keyword === 'size') {
      size = Number(value);
      if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(size)) return undefined;
    }
    start = end;
  }
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size }) };
}
