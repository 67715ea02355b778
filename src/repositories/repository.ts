import { compareByteOrder, searchByteOrder } from './byte-order.ts';

/** One repository of the file. Never changed once made, so that stores share what did not change. */
export interface Repository {
  readonly name: string;
  /** In byte order, without duplicates. */
  readonly keys: readonly string[];
  /** The image ID of the key at the same index. */
  readonly ids: readonly string[];
  /** The file says null instead of an object; there are no keys then. */
  readonly isNull: boolean;
  /** `"name":{…}` as the daemon writes it, where the bucket was read from a file that had it so. */
  readonly text: string | undefined;
}

/** What is to become of keys: an image ID, or undefined for a key that goes. */
export type Edits = ReadonlyMap<string, string | undefined>;

export function nullRepository(name: string): Repository {
  return { name, keys: [], ids: [], isNull: true, text: undefined };
}

export function repositoryFromMap(name: string, entries: ReadonlyMap<string, string>): Repository {
  const sorted = [...entries].sort(([a], [b]) => compareByteOrder(a, b));
  return {
    name,
    keys: sorted.map(([key]) => key),
    ids: sorted.map(([, id]) => id),
    isNull: false,
    text: undefined,
  };
}

export function findRepository(buckets: readonly Repository[], name: string): Repository | undefined {
  return buckets[searchByteOrder(buckets.length, (i) => (buckets[i] as Repository).name, name)];
}

export function imageIdIn(bucket: Repository | undefined, key: string): string | undefined {
  if (bucket === undefined) return undefined;
  return bucket.ids[searchByteOrder(bucket.keys.length, (i) => bucket.keys[i] as string, key)];
}

/** The bucket with the edits made; undefined once its last key is gone, as the daemon then drops it. */
export function editRepository(
  bucket: Repository | undefined,
  name: string,
  edits: Edits,
): Repository | undefined {
  const before = bucket ?? repositoryFromMap(name, new Map());
  const added = [...edits.keys()].sort(compareByteOrder);
  const keys: string[] = [];
  const ids: string[] = [];
  let from = 0;
  for (const key of added) {
    const at = searchByteOrder(before.keys.length, (i) => before.keys[i] as string, key);
    const upTo = at < 0 ? -1 - at : at;
    for (; from < upTo; from++) copy(from);
    if (at >= 0) from++;
    const id = edits.get(key);
    if (id === undefined) continue;
    keys.push(key);
    ids.push(id);
  }
  for (; from < before.keys.length; from++) copy(from);
  return keys.length === 0 ? undefined : { name, keys, ids, isNull: false, text: undefined };

  function copy(index: number): void {
    keys.push(before.keys[index] as string);
    ids.push(before.ids[index] as string);
  }
}
