import { InvalidReferenceError } from '../reference/invalid-reference-error.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../reference/parse.ts';
import {
  canonicalString,
  familiarName,
  familiarString,
  favorDigest,
  type Reference,
  tagNameOnly,
  withoutTag,
} from '../reference/reference.ts';
import { compareByteOrder } from './byte-order.ts';
import { Draft } from './draft.ts';
import { NullRepositoriesError, ReferenceConflictError, ReferenceNotFoundError } from './reference-errors.ts';
import { findRepository, imageIdIn, type Repository } from './repository.ts';

/** One entry as it stands in the file, odd ones too. */
export interface Entry {
  /** Name of the bucket: the repository in familiar form, where the daemon wrote it. */
  readonly repository: string;
  /** The key: a familiar `name:tag` or `name@digest`, where the daemon wrote it. */
  readonly reference: string;
  /** `sha256:<64 hex>`, where the daemon wrote it; the daemon reads any string. */
  readonly imageId: string;
}

/**
 * What repositories.json holds. Immutable: whatever changes it returns a new one, sharing what did not change.
 * The rules and refusals are those of the daemon's own store (moby v28.5.2 reference/store.go). Where a
 * reference is asked for, a string is read as a user writes it: `alpine` is docker.io/library/alpine:latest.
 */
export class Repositories {
  // No private methods in this class: tsc 7.0.2 would emit this line with an alias that is not set yet.
  static readonly empty: Repositories = new Repositories([], false);

  /** How many entries there are. */
  readonly size: number;
  /** The file says `{"Repositories":null}`: the daemon starts on it, and crashes at the first entry added. */
  readonly isNull: boolean;
  /** @internal for the other files of this folder; never to be changed */
  readonly sorted: readonly Repository[];
  /**
   * Where the daemon's memory of a key at an image is not what the key itself says, by `memoryOf`: the full form of
   * a key that was added here and does not read back to what it was made from, or undefined for one that is
   * forgotten though it still stands in another bucket.
   * @internal
   */
  readonly memory: ReadonlyMap<string, string | undefined>;
  #keysByImage: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  /**
   * @param buckets in byte order of their names, without duplicates
   * @internal
   */
  constructor(
    buckets: readonly Repository[] = [],
    isNull = false,
    memory: ReadonlyMap<string, string | undefined> = new Map(),
  ) {
    this.sorted = buckets;
    this.isNull = isNull;
    this.memory = memory;
    this.size = buckets.reduce((size, bucket) => size + bucket.keys.length, 0);
  }

  /** Entries are taken as they are, valid or not; of two with the same bucket and key the later wins. */
  static fromEntries(entries: Iterable<Entry>): Repositories {
    const draft = new Draft([]);
    for (const { repository, reference, imageId } of entries) draft.set(repository, reference, imageId);
    return new Repositories(draft.finish(), false);
  }

  /**
   * The image ID that the daemon finds. A digest counts and the tag beside it does not; a bare name means :latest.
   * @throws ReferenceNotFoundError
   */
  get(reference: Reference | string): string {
    const { repository, key } = lookup(reference);
    const imageId = this.entry(repository, key);
    if (imageId === undefined) throw new ReferenceNotFoundError(key);
    return imageId;
  }

  /** `get`, with undefined where it would throw ReferenceNotFoundError. */
  find(reference: Reference | string): string | undefined {
    const { repository, key } = lookup(reference);
    return this.entry(repository, key);
  }

  /**
   * All references at an image, in full form and byte order. Keys that do not parse are left out. What addTag and
   * addDigest were given is listed so, as in the daemon's memory: after docker.io/foo.io/x:1 was added, the file
   * has the key foo.io/x:1, which reads back as another repository. The daemon remembers a key once for an image:
   * where it stands in two buckets and is removed from one or moved, the image is without it until the next load.
   */
  references(imageId: string): string[] {
    this.#keysByImage ??= keysByImage(this.sorted);
    return [...(this.#keysByImage.get(imageId) ?? [])]
      .flatMap((key) => {
        const place = memoryOf(imageId, key);
        return (this.memory.has(place) ? this.memory.get(place) : fullForm(key)) ?? [];
      })
      .sort(compareByteOrder);
  }

  /**
   * All references of the repository of this name (tag and digest are ignored), in full form and byte order.
   * One key that does not parse hides the whole repository, as it does in the daemon.
   */
  referencesByName(name: Reference | string): { reference: string; imageId: string }[] {
    const bucket = findRepository(this.sorted, familiarName(read(name)));
    const found: { reference: string; imageId: string }[] = [];
    for (const [index, key] of bucket?.keys.entries() ?? []) {
      const reference = tryParseNormalizedNamed(key);
      if (reference === undefined) return [];
      found.push({ reference: canonicalString(reference), imageId: bucket?.ids[index] as string });
    }
    return found.sort(
      (a, b) => compareByteOrder(a.reference, b.reference) || compareByteOrder(a.imageId, b.imageId),
    );
  }

  /**
   * Adds a tag; a bare name means :latest. With `force` a tag at another image is moved.
   * @throws ReferenceConflictError, NullRepositoriesError
   */
  addTag(reference: Reference | string, imageId: string, options: { force?: boolean } = {}): Repositories {
    const given = read(reference);
    if (given.digest !== undefined) {
      throw new ReferenceConflictError(
        familiarString(given),
        'invalid',
        'refusing to create a tag with a digest reference',
        { hint: 'add it as a digest' },
      );
    }
    return add(this, tagNameOnly(given), imageId, options.force ?? false);
  }

  /**
   * Adds a digest; a tag beside it is dropped. A digest at another image is never overwritten.
   * @throws ReferenceConflictError, NullRepositoriesError
   */
  addDigest(reference: Reference | string, imageId: string): Repositories {
    const given = read(reference);
    if (given.digest === undefined) {
      throw new InvalidReferenceError(familiarString(given), 'it has no digest');
    }
    return add(this, withoutTag(given), imageId, false);
  }

  /**
   * Removes an entry; a bare name means :latest. With its last entry the repository goes too.
   * @throws ReferenceNotFoundError
   */
  delete(reference: Reference | string): Repositories {
    const { repository, key } = lookup(reference);
    if (this.entry(repository, key) === undefined) throw new ReferenceNotFoundError(key);
    return withEntry(this, repository, key, undefined, undefined);
  }

  /** Every entry as it stands: byte order of the buckets, then of the keys. */
  *entries(): IterableIterator<Entry> {
    for (const { name, keys, ids } of this.sorted) {
      for (let i = 0; i < keys.length; i++) {
        yield { repository: name, reference: keys[i] as string, imageId: ids[i] as string };
      }
    }
  }

  /** The image ID of an entry as it stands in the file; nothing is parsed. */
  entry(repository: string, reference: string): string | undefined {
    return imageIdIn(findRepository(this.sorted, repository), reference);
  }

  /** Every bucket, empty and null ones too, in byte order; its keys too, each with the image ID at the same index. */
  buckets(): Iterable<Pick<Repository, 'name' | 'keys' | 'ids' | 'isNull'>> {
    return this.sorted.values();
  }
}

/** The one name that the daemon never adds to: `sha256:…` would read as an image ID. */
export const ambiguousName = 'sha256';

function read(reference: Reference | string): Reference {
  return typeof reference === 'string' ? parseNormalizedNamed(reference) : reference;
}

/** Where the daemon looks for a reference (moby v28.5.2 reference/store.go, Get and Delete). */
function lookup(given: Reference | string): { repository: string; key: string } {
  const reference = read(given);
  const wanted = favorDigest(reference);
  return { repository: familiarName(wanted), key: familiarString(wanted) };
}

/** The rules that tags and digests share (moby v28.5.2 reference/store.go, addReference). */
function add(
  repositories: Repositories,
  reference: Reference,
  imageId: string,
  force: boolean,
): Repositories {
  const repository = familiarName(reference);
  const key = familiarString(reference);
  if (repository === ambiguousName) {
    throw new ReferenceConflictError(
      key,
      'invalid',
      'refusing to create an ambiguous tag using digest algorithm as name',
      { hint: 'choose another name for the repository' },
    );
  }
  const present = repositories.entry(repository, key);
  if (present === imageId) return repositories;
  if (present !== undefined && !(force && reference.digest === undefined)) {
    throw occupied(reference, key, present);
  }
  if (repositories.isNull) throw new NullRepositoriesError(key);
  return withEntry(repositories, repository, key, imageId, canonicalString(reference));
}

function withEntry(
  { sorted, memory }: Repositories,
  repository: string,
  key: string,
  imageId: string | undefined,
  full: string | undefined,
): Repositories {
  const old = imageIdIn(findRepository(sorted, repository), key);
  const draft = new Draft(sorted);
  draft.set(repository, key, imageId);
  const buckets = draft.finish();
  const after = new Map(memory);
  if (old !== undefined) {
    // It stands elsewhere at the same image, and the daemon has forgotten it.
    if (buckets.some((bucket) => imageIdIn(bucket, key) === old)) after.set(memoryOf(old, key), undefined);
    else after.delete(memoryOf(old, key));
  }
  if (imageId !== undefined) {
    if (full === fullForm(key)) after.delete(memoryOf(imageId, key));
    else after.set(memoryOf(imageId, key), full);
  }
  return new Repositories(buckets, false, after);
}

function memoryOf(imageId: string, key: string): string {
  return JSON.stringify([imageId, key]);
}

function occupied(reference: Reference, key: string, present: string): ReferenceConflictError {
  if (reference.digest !== undefined) {
    return new ReferenceConflictError(key, 'conflict', `cannot overwrite digest ${reference.digest}`, {
      hint: 'remove the entry first, and only if it is proven wrong: a digest is a promise',
      details: { imageId: present },
    });
  }
  return new ReferenceConflictError(
    key,
    'conflict',
    `tag ${key} is already set to image ${present}, use the force option to replace it`,
    { hint: 'force moves the tag to the new image', details: { imageId: present } },
  );
}

function fullForm(key: string): string | undefined {
  const reference = tryParseNormalizedNamed(key);
  return reference === undefined ? undefined : canonicalString(reference);
}

function keysByImage(buckets: readonly Repository[]): Map<string, Set<string>> {
  const byImage = new Map<string, Set<string>>();
  for (const { keys, ids } of buckets) {
    for (let i = 0; i < keys.length; i++) {
      const id = ids[i] as string;
      const found = byImage.get(id);
      if (found === undefined) byImage.set(id, new Set([keys[i] as string]));
      else found.add(keys[i] as string);
    }
  }
  return byImage;
}
