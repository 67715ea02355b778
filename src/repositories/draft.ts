import { compareByteOrder, searchByteOrder } from './byte-order.ts';
import type { Change } from './change.ts';
import { editRepository, findRepository, imageIdIn, type Repository } from './repository.ts';

/** Go's strings hold no lone surrogates: what would be one becomes U+FFFD, as when the file is read. */
const loneSurrogate = /\p{Surrogate}/gu;

/**
 * Several changes to one store, made together: each costs a lookup, and the sorted lists are rebuilt once at
 * the end, for the buckets that were touched.
 */
export class Draft {
  readonly #before: readonly Repository[];
  /** Bucket name → key → image ID, or undefined for an entry that goes. */
  readonly #edits = new Map<string, Map<string, string | undefined>>();

  constructor(before: readonly Repository[]) {
    this.#before = before;
  }

  get(repository: string, reference: string): string | undefined {
    const name = wellFormed(repository);
    const key = wellFormed(reference);
    const edits = this.#edits.get(name);
    return edits?.has(key) ? edits.get(key) : this.#original(name, key);
  }

  set(repository: string, reference: string, imageId: string | undefined): void {
    const name = wellFormed(repository);
    let edits = this.#edits.get(name);
    if (edits === undefined) {
      edits = new Map();
      this.#edits.set(name, edits);
    }
    edits.set(wellFormed(reference), imageId === undefined ? undefined : wellFormed(imageId));
  }

  /** What is different from before, in byte order. */
  changes(): Change[] {
    const changes: Change[] = [];
    for (const [repository, edits] of sorted(this.#edits)) {
      for (const [reference, image] of sorted(edits)) {
        const change = changeOf(repository, reference, this.#original(repository, reference), image);
        if (change !== undefined) changes.push(change);
      }
    }
    return changes;
  }

  /** The buckets with every edit made. Buckets without a real change are the same objects as before. */
  finish(): readonly Repository[] {
    const before = this.#before;
    const after: Repository[] = [];
    let from = 0;
    for (const [name, edits] of sorted(this.#edits)) {
      const at = searchByteOrder(before.length, (i) => (before[i] as Repository).name, name);
      const upTo = at < 0 ? -1 - at : at;
      while (from < upTo) after.push(before[from++] as Repository);
      const old = at < 0 ? undefined : before[from++];
      const changed = [...edits].some(([key, id]) => imageIdIn(old, key) !== id);
      const bucket = changed ? editRepository(old, name, edits) : old;
      if (bucket !== undefined) after.push(bucket);
    }
    while (from < before.length) after.push(before[from++] as Repository);
    return after;
  }

  #original(repository: string, reference: string): string | undefined {
    return imageIdIn(findRepository(this.#before, repository), reference);
  }
}

/** The change that leads from one image ID to another, undefined standing for no entry. */
export function changeOf(
  repository: string,
  reference: string,
  from: string | undefined,
  image: string | undefined,
): Change | undefined {
  if (from === image) return undefined;
  if (image === undefined) return { op: 'remove', repository, reference, from: from as string };
  if (from === undefined) return { op: 'add', repository, reference, image };
  return { op: 'move', repository, reference, from, image };
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => compareByteOrder(a, b));
}

function wellFormed(text: string): string {
  return text.replace(loneSurrogate, '\ufffd');
}
