/** What a bbolt file is to hold: buckets are objects. */
export interface BoltTree {
  readonly [key: string]: Buffer | BoltTree;
}

export interface LeafPair {
  readonly key: string;
  readonly value: Buffer;
  readonly isBucket?: boolean;
}

export interface BoltOptions {
  readonly pageSize?: number;
  readonly littleEndian?: boolean;
  /** Most pairs of a leaf and children of a branch; small ones make deep trees. */
  readonly fanOut?: number;
}

const headerLength = 16;
const elementLength = 16;

/** Writes bbolt files, whole ones and, page by page, such as bbolt would never write. */
export class BoltBuilder {
  readonly pageSize: number;
  readonly #le: boolean;
  readonly #fanOut: number;
  readonly #pages = new Map<number, Buffer>();
  #next = 2;

  constructor({ pageSize = 4096, littleEndian = true, fanOut = 50 }: BoltOptions = {}) {
    this.pageSize = pageSize;
    this.#le = littleEndian;
    this.#fanOut = fanOut;
  }

  /** A bucket with its tree of pages. Returns the root page's ID. */
  bucket(tree: BoltTree): number {
    const keys = Object.keys(tree).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const pairs = keys.map((key): LeafPair => {
      const value = tree[key] as Buffer | BoltTree;
      return Buffer.isBuffer(value)
        ? { key, value }
        : { key, value: this.#bucketValue(value), isBucket: true };
    });
    let level: { key: string; page: number }[] = [];
    for (let at = 0; at < Math.max(1, pairs.length); at += this.#fanOut) {
      const some = pairs.slice(at, at + this.#fanOut);
      level.push({ key: some[0]?.key ?? '', page: this.leaf(some) });
    }
    while (level.length > 1) {
      const above: typeof level = [];
      for (let at = 0; at < level.length; at += this.#fanOut) {
        const some = level.slice(at, at + this.#fanOut);
        above.push({ key: some[0]?.key ?? '', page: this.branch(some) });
      }
      level = above;
    }
    return level[0]?.page as number;
  }

  /** As bbolt does: small ones without buckets of their own are kept in the value of their key. */
  #bucketValue(tree: BoltTree): Buffer {
    const pairs = Object.entries(tree);
    const isInline =
      pairs.length < 5 && pairs.every(([, value]) => Buffer.isBuffer(value) && value.length < 50);
    if (!isInline) return this.bucketHeader(this.bucket(tree));
    const page = this.leafBytes(
      0,
      pairs.map(([key, value]) => ({ key, value: value as Buffer })),
    );
    return Buffer.concat([this.bucketHeader(0), page]);
  }

  bucketHeader(root: number): Buffer {
    return Buffer.concat([this.#uint64(BigInt(root)), this.#uint64(0n)]);
  }

  reserve(): number {
    return this.#next++;
  }

  leaf(pairs: readonly LeafPair[], id?: number): number {
    return this.#put(id, (page) => this.leafBytes(page, pairs));
  }

  branch(children: readonly { key: string; page: number }[], id?: number): number {
    return this.#put(id, (page) => this.branchBytes(page, children));
  }

  /** Any bytes as a page. */
  raw(bytes: Buffer, id = this.reserve()): number {
    this.#pages.set(id, bytes);
    return id;
  }

  leafBytes(id: number, pairs: readonly LeafPair[]): Buffer {
    const bodies = pairs.map(({ key, value }) => Buffer.concat([Buffer.from(key), value]));
    const elements = pairs.map(({ key, value, isBucket = false }, index) => {
      const before = bodies.slice(0, index).reduce((sum, body) => sum + body.length, 0);
      const position = (pairs.length - index) * elementLength + before;
      const flags = isBucket ? 1 : 0;
      return this.#uint32s(flags, position, Buffer.byteLength(key), value.length);
    });
    return this.page({ id, flags: 2, count: pairs.length, body: Buffer.concat([...elements, ...bodies]) });
  }

  branchBytes(id: number, children: readonly { key: string; page: number }[]): Buffer {
    const keys = children.map(({ key }) => Buffer.from(key));
    const elements = children.map(({ page }, index) => {
      const before = keys.slice(0, index).reduce((sum, key) => sum + key.length, 0);
      const position = (children.length - index) * elementLength + before;
      const sizes = this.#uint32s(position, (keys[index] as Buffer).length);
      return Buffer.concat([sizes, this.#uint64(BigInt(page))]);
    });
    return this.page({ id, flags: 1, count: children.length, body: Buffer.concat([...elements, ...keys]) });
  }

  page({ id, flags, count, body }: { id: number; flags: number; count: number; body: Buffer }): Buffer {
    const header = Buffer.alloc(headerLength);
    header.set(this.#uint64(BigInt(id)), 0);
    if (this.#le) header.writeUInt16LE(flags, 8);
    else header.writeUInt16BE(flags, 8);
    if (this.#le) header.writeUInt16LE(count, 10);
    else header.writeUInt16BE(count, 10);
    const overflow = Math.max(0, Math.ceil((headerLength + body.length) / this.pageSize) - 1);
    // The only page of an inline bucket has no size of its own.
    header.set(this.#uint32s(id === 0 ? 0 : overflow), 12);
    return Buffer.concat([header, body]);
  }

  /** The file: two meta pages, the second one newer, and all pages. */
  file(root: number, { transaction = 1n, highWater = this.#next } = {}): Buffer {
    const metas = [0, 1].map((id) => this.meta(id, root, highWater, transaction - 1n + BigInt(id)));
    const pages = [...this.#pages].map(([id, bytes]): [number, Buffer] => [id, bytes]);
    const end = Math.max(highWater * this.pageSize, ...pages.map(([id, b]) => id * this.pageSize + b.length));
    const file = Buffer.alloc(Math.ceil(end / this.pageSize) * this.pageSize);
    for (const [id, meta] of metas.entries()) file.set(meta, id * this.pageSize);
    for (const [id, bytes] of pages) file.set(bytes, id * this.pageSize);
    return file;
  }

  meta(id: number, root: number, highWater: number, transaction: bigint): Buffer {
    const body = Buffer.concat([
      this.#uint32s(0xed0cdaed, 2, this.pageSize, 0),
      this.bucketHeader(root),
      this.#uint64(0n),
      this.#uint64(BigInt(highWater)),
      this.#uint64(transaction),
    ]);
    let sum = 0xcbf29ce484222325n;
    for (const byte of body) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
    return this.page({ id, flags: 4, count: 0, body: Buffer.concat([body, this.#uint64(sum)]) });
  }

  #put(given: number | undefined, make: (id: number) => Buffer): number {
    const id = given ?? this.reserve();
    const bytes = make(id);
    // What does not fit into one page goes on in the next ones, which must be free.
    if (given === undefined) this.#next = id + Math.ceil(bytes.length / this.pageSize);
    return this.raw(bytes, id);
  }

  #uint32s(...values: number[]): Buffer {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) {
      if (this.#le) bytes.writeUInt32LE(value, 4 * index);
      else bytes.writeUInt32BE(value, 4 * index);
    }
    return bytes;
  }

  #uint64(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    if (this.#le) bytes.writeBigUInt64LE(value);
    else bytes.writeBigUInt64BE(value);
    return bytes;
  }
}

export function boltFile(tree: BoltTree, options: BoltOptions = {}): Buffer {
  const builder = new BoltBuilder(options);
  return builder.file(builder.bucket(tree));
}
