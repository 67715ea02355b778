/**
 * A reader of bbolt files, which is how containerd keeps its metadata (bbolt v1.4.3 db.go, bbolt v1.4.3 bucket.go,
 * bbolt v1.4.3 internal/common/page.go). It only reads, and only through the function that it is given.
 *
 * A file in use can be read: bbolt never writes over a page that the newest meta page leads to. The next but
 * one transaction may, so `isCurrent` says afterwards whether what was read holds together.
 *
 * The file may have been made by anybody. Page IDs are checked against the file, no page is visited twice in
 * one walk, and pages and elements are counted: reading costs at most a few times what an honest file of that
 * size would.
 */
import { BoltError } from './bolt-error.ts';
import { type Meta, pageHeader, type ReadAt, readMeta } from './meta.ts';
import { Page } from './page.ts';

export interface Pair {
  readonly key: Uint8Array;
  /** undefined for a bucket. */
  readonly value: Uint8Array | undefined;
  readonly bucket: Bucket | undefined;
}

const bucketHeader = 16;
const maxDepth = 64;
/** How often, on average, an honest reader comes by a page: each lookup begins at the root. */
const visitsOfPage = 16;
const visitsOfElement = 4;
/** What the metadata of a hundred thousand images needs, several times over. */
const maxPages = 500_000;
const maxElements = 5_000_000;
/** Bytes of one page with its overflow, which stand in memory at once: containerd keeps small values only. */
const maxPageBytes = 16 << 20;
/** Bytes that are read of a file, pages that are read again counted again. */
const maxBytes = 1 << 30;

export class BoltFile {
  readonly #read: ReadAt;
  readonly #size: number;
  readonly #meta: Meta;
  readonly #pages: number;
  #pagesLeft: number;
  #elementsLeft: number;
  #bytesLeft = maxBytes;

  /**
   * @param size of the file in bytes
   * @throws BoltError when the file is no bbolt file, or cut before its first page
   */
  constructor(read: ReadAt, size: number) {
    this.#read = read;
    this.#size = size;
    this.#meta = readMeta(read, size);
    this.#pages = Math.min(this.#meta.highWater, Math.floor(size / this.#meta.pageSize));
    this.#pagesLeft = Math.min(visitsOfPage * this.#pages + maxDepth, maxPages);
    this.#elementsLeft = Math.min(Math.ceil((visitsOfElement * size) / bucketHeader), maxElements);
  }

  /** The bucket that holds all others. */
  get root(): Bucket {
    return new Bucket(this, this.#meta.root, undefined);
  }

  get littleEndian(): boolean {
    return this.#meta.littleEndian;
  }

  /** Whether nothing was committed since the file was opened. If something was, what was read may be torn. */
  isCurrent(): boolean {
    return readMeta(this.#read, this.#size).transaction === this.#meta.transaction;
  }

  /** @throws BoltError when there is no such page, or too many were asked for */
  page(id: number): Page {
    const { pageSize, littleEndian } = this.#meta;
    const first = this.#bytes(id, 1);
    const overflow = first.length < pageHeader ? 0 : Page.overflow(first, littleEndian);
    const bytes = overflow === 0 ? first : this.#bytes(id, 1 + overflow);
    if (bytes.length < pageSize) throw new BoltError(`page ${id} is cut`, { page: id });
    return new Page(bytes, id, littleEndian);
  }

  /** Counts what is looked at, so that a small file cannot keep a reader busy for long. */
  countElement(): void {
    if (this.#elementsLeft-- <= 0)
      throw beyondLimit('it has too many elements, or leads over the same ones again and again');
  }

  #bytes(id: number, count: number): Uint8Array {
    // Pages 0 and 1 are the meta pages.
    if (id < 2 || id + count > this.#pages) {
      throw new BoltError(`page ${id} is not in the file`, { page: id, pages: this.#pages });
    }
    const size = count * this.#meta.pageSize;
    if (size > maxPageBytes) throw beyondLimit(`page ${id} has ${size} bytes`);
    this.#pagesLeft -= count;
    this.#bytesLeft -= size;
    if (this.#pagesLeft < 0 || this.#bytesLeft < 0)
      throw beyondLimit('it has too many pages, or leads over the same ones again and again');
    return this.#read(id * this.#meta.pageSize, size);
  }
}

function beyondLimit(problem: string): BoltError {
  return new BoltError(`${problem}; more is not read`, { isLimit: true });
}

/** A bucket: pairs and further buckets, in the byte order of their keys (bbolt v1.4.3 bucket.go). */
export class Bucket {
  readonly #file: BoltFile;
  readonly #root: number;
  /** The only page of a small bucket, kept in the value of its key (bbolt v1.4.3 bucket.go, inlineable). */
  readonly #inline: Page | undefined;

  constructor(file: BoltFile, root: number, inline: Page | undefined) {
    this.#file = file;
    this.#root = root;
    this.#inline = inline;
  }

  /**
   * The bucket at the end of a path of names; undefined where a name is missing or not a bucket's.
   * @throws BoltError
   */
  bucket(...path: string[]): Bucket | undefined {
    let bucket: Bucket = this;
    for (const name of path) {
      const next = bucket.#find(name)?.bucket;
      if (next === undefined) return undefined;
      bucket = next;
    }
    return bucket;
  }

  /** @throws BoltError */
  get(name: string): Uint8Array | undefined {
    return this.#find(name)?.value;
  }

  /** @throws BoltError */
  pairs(): Generator<Pair, void> {
    return this.#walk(this.#rootPage(), new Set(), 0);
  }

  *#walk(page: Page, visited: Set<number>, depth: number): Generator<Pair, void> {
    if (visited.has(page.id)) throw new BoltError(`page ${page.id} is in a tree twice`, { page: page.id });
    if (depth > maxDepth) throw new BoltError('its tree is too deep');
    visited.add(page.id);
    for (let index = 0; index < page.count; index++) {
      if (page.isLeaf) yield this.#pair(page, index);
      else yield* this.#walk(this.#file.page(page.child(index)), visited, depth + 1);
    }
  }

  #find(name: string): Pair | undefined {
    const key = new TextEncoder().encode(name);
    let page = this.#rootPage();
    for (let depth = 0; !page.isLeaf; depth++) {
      if (depth > maxDepth || page.count === 0) throw new BoltError(`page ${page.id} leads nowhere`);
      page = this.#file.page(page.child(Math.max(0, lastUpTo(page, key))));
    }
    const index = lastUpTo(page, key);
    return index >= 0 && compareBytes(page.key(index), key) === 0 ? this.#pair(page, index) : undefined;
  }

  #rootPage(): Page {
    return this.#inline ?? this.#file.page(this.#root);
  }

  #pair(page: Page, index: number): Pair {
    this.#file.countElement();
    const { key, value, isBucket } = page.leaf(index);
    if (!isBucket) return { key, value, bucket: undefined };
    return { key, value: undefined, bucket: this.#open(page, value) };
  }

  /** A bucket's value: the page of its root and a counter, then its page where that is 0 (InBucket). */
  #open(page: Page, value: Uint8Array): Bucket {
    if (value.length < bucketHeader) throw new BoltError(`page ${page.id} has a bucket that is cut`);
    const { littleEndian } = this.#file;
    const root = Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, littleEndian));
    if (root !== 0) return new Bucket(this.#file, root, undefined);
    const inline = new Page(value.subarray(bucketHeader), 0, littleEndian);
    if (!inline.isLeaf) throw new BoltError(`page ${page.id} has a bucket whose own page is no leaf`);
    return new Bucket(this.#file, 0, inline);
  }
}

/** Index of the last key that is not above the one sought; -1 where all are. */
function lastUpTo(page: Page, key: Uint8Array): number {
  let low = 0;
  let high = page.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(page.key(middle), key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
