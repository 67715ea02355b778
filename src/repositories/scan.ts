import { quoted } from '../util/escape.ts';
import { JsonReader, type ValueKind } from './json-reader.ts';
import { invalidUtf8Offsets } from './json-string.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { maxNames, tooManyNames } from './limits.ts';

export type { ValueKind } from './json-reader.ts';
export type { Place } from './place.ts';

/** One member of a bucket, as it stands. */
export interface ScannedEntry {
  reference: string;
  /** Empty where the value is no string; `valueKind` tells. */
  imageId: string;
  valueKind: ValueKind;
  /** Byte offset of the key's opening quote. */
  offset: number;
  /** Byte offset behind the value. */
  end: number;
  /** False when a later duplicate, of it or of what it stands in, hides it. */
  effective: boolean;
}

/** One member of the field Repositories. */
export interface ScannedRepository {
  name: string;
  valueKind: ValueKind;
  /** Byte offset of the name's opening quote. */
  offset: number;
  entries: ScannedEntry[];
  effective: boolean;
}

/** One member of the outermost object. */
export interface ScannedField {
  name: string;
  valueKind: ValueKind;
  /** Byte offset of the name's opening quote. */
  offset: number;
  /** Read by the daemon as the field Repositories, whatever its case. */
  isRepositories: boolean;
  buckets: ScannedRepository[];
}

/** Why the daemon refuses the file, or crashes on it (`null`). */
export interface ScanFailure {
  kind: 'empty' | 'truncated' | 'syntax' | 'type' | 'null';
  /** In bytes. */
  offset: number;
  /** The words of the daemon (Go 1.26). */
  daemonMessage: string;
  /** Ours: `the file ends inside the name of a repository`. */
  reason: string;
}

export interface RepositoriesScan {
  failure?: ScanFailure;
  fields: ScannedField[];
  topLevel: ValueKind | undefined;
  /** Byte offset behind the first value, or where reading stopped. The daemon ignores what follows. */
  end: number;
  /** Offsets of the bytes that are not UTF-8 and are read as U+FFFD, at most 100. */
  invalidUtf8: number[];
}

const maxInvalidOffsets = 100;

/** As the daemon matches it: by simple case folding, in which ſ is an s too (encoding/json, foldName). */
const fieldName = /^repositories$/iu;

/**
 * The file's text with its places: what the daemon reads, what it ignores, and where it gives up. What stands
 * before the place where a broken file stops being JSON is all there. No content makes it throw.
 * @throws RefstoreError LIMIT_EXCEEDED for a file with millions of names, so that memory stays bounded
 */
export function scanRepositories(input: Uint8Array | string): RepositoriesScan {
  return new Scanner(typeof input === 'string' ? new TextEncoder().encode(input) : input).run();
}

class Scanner {
  readonly #reader: JsonReader;
  readonly #fields: ScannedField[] = [];
  /** The buckets of every field Repositories, by name: the later one replaces the earlier. */
  readonly #effective = new Map<string, ScannedRepository>();
  #typeFailure: ScanFailure | undefined;
  #topLevel: ValueKind | undefined;
  #names = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new JsonReader(bytes, 'the file');
  }

  run(): RepositoriesScan {
    const failure = this.#readAll();
    const { bytes, position } = this.#reader;
    const first = bytes.subarray(0, position);
    return {
      ...(failure === undefined ? {} : { failure }),
      fields: this.#fields,
      topLevel: this.#topLevel,
      end: position,
      invalidUtf8: invalidUtf8Offsets(first, maxInvalidOffsets),
    };
  }

  #readAll(): ScanFailure | undefined {
    const reader = this.#reader;
    reader.skipSpace();
    if (reader.position === reader.bytes.length) {
      const reason = reader.position === 0 ? 'the file is empty' : 'the file holds nothing but white space';
      return { kind: 'empty', offset: reader.position, daemonMessage: 'EOF', reason };
    }
    try {
      return this.#readTop();
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      const { kind, offset, daemonMessage, reason } = error;
      return { kind, offset, daemonMessage, reason };
    }
  }

  #readTop(): ScanFailure | undefined {
    const reader = this.#reader;
    const kind = reader.peekKind('the outermost object');
    const offset = reader.position;
    this.#topLevel = kind;
    if (kind === 'object') {
      reader.readObject('the outermost object', 'the name of a field', (name, at) => {
        this.#readField(name, at);
      });
      return this.#typeFailure;
    }
    reader.skipValue('the outermost value');
    if (kind === 'null') {
      return {
        kind: 'null',
        offset,
        daemonMessage: 'runtime error: invalid memory address or nil pointer dereference',
        reason: 'the file says null',
      };
    }
    return {
      kind: 'type',
      offset,
      daemonMessage: `json: cannot unmarshal ${goKind(kind)} into Go value of type reference.refStore`,
      reason: `the file holds ${article(kind)} instead of an object`,
    };
  }

  #readField(name: string, offset: number): void {
    this.#count();
    const reader = this.#reader;
    const isRepositories = fieldName.test(name);
    const what = isRepositories ? 'the field Repositories' : 'a field that the daemon ignores';
    const valueKind = reader.peekKind(what);
    const field: ScannedField = { name, valueKind, offset, isRepositories, buckets: [] };
    this.#fields.push(field);
    if (isRepositories && valueKind === 'object') {
      reader.readObject(what, 'the name of a repository', (bucketName, at) => {
        this.#readBucket(field, bucketName, at);
      });
      return;
    }
    if (isRepositories && valueKind === 'null') this.#dropBuckets();
    else if (isRepositories) {
      this.#refuseType(valueKind, 'map[string]reference.repository', what, 'an object');
    }
    reader.skipValue(what);
  }

  #readBucket(field: ScannedField, name: string, offset: number): void {
    this.#count();
    const reader = this.#reader;
    const what = `the repository ${quoted(name)}`;
    const valueKind = reader.peekKind(what);
    const bucket: ScannedRepository = { name, valueKind, offset, entries: [], effective: true };
    field.buckets.push(bucket);
    const hidden = this.#effective.get(name);
    if (hidden !== undefined) hide(hidden);
    this.#effective.set(name, bucket);
    if (valueKind === 'object') {
      const entries = new Map<string, ScannedEntry>();
      reader.readObject(what, 'a reference', (reference, at) => {
        const entry = this.#readEntry(reference, at);
        const earlier = entries.get(entry.reference);
        if (earlier !== undefined) earlier.effective = false;
        entries.set(entry.reference, entry);
        bucket.entries.push(entry);
      });
      return;
    }
    if (valueKind !== 'null') this.#refuseType(valueKind, 'reference.repository', what, 'an object');
    reader.skipValue(what);
  }

  #readEntry(reference: string, offset: number): ScannedEntry {
    this.#count();
    const reader = this.#reader;
    const what = 'an image ID';
    const valueKind = reader.peekKind(what);
    let imageId = '';
    if (valueKind === 'string') imageId = reader.readString(what);
    else {
      if (valueKind !== 'null') {
        this.#refuseType(valueKind, 'digest.Digest', `the image ID of ${quoted(reference)}`, 'a string');
      }
      reader.skipValue(what);
    }
    return { reference, imageId, valueKind, offset, end: reader.position, effective: true };
  }

  #count(): void {
    if (++this.#names > maxNames) throw tooManyNames();
  }

  #dropBuckets(): void {
    for (const bucket of this.#effective.values()) hide(bucket);
    this.#effective.clear();
  }

  /** The daemon decodes on after a wrong type and reports the first. */
  #refuseType(kind: ValueKind, goType: string, what: string, wanted: string): void {
    this.#typeFailure ??= {
      kind: 'type',
      offset: this.#reader.position,
      daemonMessage: `json: cannot unmarshal ${goKind(kind)} into Go struct field refStore.Repositories of type ${goType}`,
      reason: `${what} is ${article(kind)} instead of ${wanted}`,
    };
  }
}

function hide(bucket: ScannedRepository): void {
  bucket.effective = false;
  for (const entry of bucket.entries) entry.effective = false;
}

function goKind(kind: ValueKind): string {
  return kind === 'boolean' ? 'bool' : kind;
}

function article(kind: ValueKind): string {
  if (kind === 'null') return kind;
  return `${kind === 'array' || kind === 'object' ? 'an' : 'a'} ${kind}`;
}
