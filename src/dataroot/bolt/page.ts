import { BoltError } from './bolt-error.ts';
import { pageHeader } from './meta.ts';

/** A pair of a leaf page; a bucket's value is its header, and for a small bucket its only page. */
export interface LeafElement {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly isBucket: boolean;
}

const flagBranch = 0x01;
const flagLeaf = 0x02;
const bucketFlag = 0x01;
const elementLength = 16;

/**
 * A page with its overflow (bbolt v1.4.3 internal/common/page.go). Every position in it is checked when it is used:
 * nothing outside the page is ever looked at.
 */
export class Page {
  readonly id: number;
  readonly isLeaf: boolean;
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  /** @throws BoltError when the header is not that of a branch or leaf page of this ID */
  constructor(bytes: Uint8Array, id: number, littleEndian: boolean) {
    if (bytes.length < pageHeader) throw new BoltError(`page ${id} is cut`, { page: id });
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#littleEndian = littleEndian;
    const own = Number(this.#view.getBigUint64(0, littleEndian));
    const flags = this.#view.getUint16(8, littleEndian);
    if (own !== id) throw new BoltError(`page ${id} says that it is page ${own}`, { page: id });
    if (flags !== flagBranch && flags !== flagLeaf) {
      throw new BoltError(`page ${id} is neither a branch nor a leaf (flags ${flags})`, { page: id });
    }
    this.id = id;
    this.isLeaf = flags === flagLeaf;
    this.count = this.#view.getUint16(10, littleEndian);
    if (pageHeader + this.count * elementLength > bytes.length) {
      throw new BoltError(`page ${id} claims ${this.count} elements, more than it has room for`, {
        page: id,
      });
    }
  }

  /** How many pages follow that belong to this one. */
  static overflow(header: Uint8Array, littleEndian: boolean): number {
    return new DataView(header.buffer, header.byteOffset, header.length).getUint32(12, littleEndian);
  }

  key(index: number): Uint8Array {
    const at = pageHeader + index * elementLength;
    return this.isLeaf
      ? this.#slice(at + this.#uint32(at + 4), this.#uint32(at + 8))
      : this.#slice(at + this.#uint32(at), this.#uint32(at + 4));
  }

  /** The page below an element of a branch page. */
  child(index: number): number {
    const at = pageHeader + index * elementLength + 8;
    return Number(this.#view.getBigUint64(at, this.#littleEndian));
  }

  leaf(index: number): LeafElement {
    const at = pageHeader + index * elementLength;
    const key = this.#uint32(at + 8);
    const start = at + this.#uint32(at + 4);
    return {
      key: this.#slice(start, key),
      value: this.#slice(start + key, this.#uint32(at + 12)),
      isBucket: (this.#uint32(at) & bucketFlag) !== 0,
    };
  }

  #uint32(at: number): number {
    return this.#view.getUint32(at, this.#littleEndian);
  }

  #slice(start: number, length: number): Uint8Array {
    if (start + length > this.#bytes.length) {
      throw new BoltError(`page ${this.id} has a key or value that leads out of it`, { page: this.id });
    }
    return this.#bytes.subarray(start, start + length);
  }
}
