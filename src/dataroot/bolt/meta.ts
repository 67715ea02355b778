import { BoltError } from './bolt-error.ts';

/**
 * Reads `length` bytes at `position` of the file. Fewer only where the file ends.
 * @throws what reading throws
 */
export type ReadAt = (position: number, length: number) => Uint8Array;

/** What a meta page says: where the tree of one transaction begins (bbolt v1.4.3 internal/common/meta.go). */
export interface Meta {
  readonly pageSize: number;
  /** Page of the root bucket. */
  readonly root: number;
  /** Pages in use: every page ID is below it. */
  readonly highWater: number;
  /** Of the transaction that wrote it; the higher of the two is the newer. */
  readonly transaction: bigint;
  /** bbolt writes numbers as the machine has them; the magic number tells which way round. */
  readonly littleEndian: boolean;
}

/** The header of every page: id, flags, count, overflow (bbolt v1.4.3 internal/common/page.go, Page). */
export const pageHeader = 16;

const magic = 0xed0cdaed;
const version = 2;
const offset = { version: 4, pageSize: 8, root: 16, highWater: 40, transaction: 48, checksum: 56 };
const metaLength = 64;
const smallestPage = 1024;
const maxPageSize = 1024 << 14;

/**
 * The newest valid one of the two meta pages (bbolt v1.4.3 db.go: getPageSize, meta).
 * @throws BoltError when neither is valid
 */
export function readMeta(read: ReadAt, size: number): Meta {
  const first = parseMeta(read(0, pageHeader + metaLength));
  if (first !== undefined) {
    const second = parseMeta(read(first.pageSize, pageHeader + metaLength));
    return second !== undefined && second.transaction > first.transaction ? second : first;
  }
  // Where the second one is depends on the page size, which only the first one would tell.
  for (let pageSize = smallestPage; pageSize <= maxPageSize && pageSize < size; pageSize *= 2) {
    const second = parseMeta(read(pageSize, pageHeader + metaLength));
    if (second !== undefined) return second;
  }
  throw new BoltError('neither of its two meta pages is whole', { size });
}

function parseMeta(bytes: Uint8Array): Meta | undefined {
  if (bytes.length < pageHeader + metaLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + pageHeader, metaLength);
  const littleEndian = view.getUint32(0, true) === magic;
  if (!littleEndian && view.getUint32(0, false) !== magic) return undefined;
  if (view.getUint32(offset.version, littleEndian) !== version) return undefined;
  if (view.getBigUint64(offset.checksum, littleEndian) !== fnv1a(view, offset.checksum)) return undefined;
  const pageSize = view.getUint32(offset.pageSize, littleEndian);
  if (pageSize < smallestPage || pageSize > maxPageSize || !Number.isInteger(Math.log2(pageSize)))
    return undefined;
  return {
    pageSize,
    root: Number(view.getBigUint64(offset.root, littleEndian)),
    highWater: Number(view.getBigUint64(offset.highWater, littleEndian)),
    transaction: view.getBigUint64(offset.transaction, littleEndian),
    littleEndian,
  };
}

/** FNV-1a, 64 bits, of the first `length` bytes. */
function fnv1a(view: DataView, length: number): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < length; index++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(view.getUint8(index))) * 0x100000001b3n);
  }
  return hash;
}
