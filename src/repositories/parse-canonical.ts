import { maxNames, tooManyNames } from './limits.ts';
import type { Repository } from './repository.ts';

export const canonicalOpening = '{"Repositories":{';

/**
 * What the daemon's own writing never has: escapes, and characters that it would escape. Nor, for the comparisons
 * below, characters whose order in UTF-16 is not that of their bytes. In two, as V8 looks for each of them with a
 * few comparisons, and for all together four times as long.
 */
const unusual = [/[\\<>&]/, /[\x00-\x1f\u2028\u2029\ud800-\uffff]/];

/**
 * The short way for a file in the very form that the daemon writes: compact, without escapes, both levels in
 * byte order, no duplicates, no empty bucket. Undefined for anything else, which is the scanner's. Names, image
 * IDs and the text of each bucket are slices of the one text, so a million references cost little more than it.
 */
export function parseCanonical(text: string): Repository[] | undefined {
  if (!text.startsWith(canonicalOpening) || unusual.some((one) => one.test(text))) return undefined;
  if (text === `${canonicalOpening}}}`) return [];
  const buckets: Repository[] = [];
  const scratch: Scratch = { keys: [], ids: [] };
  let names = 0;
  let at = canonicalOpening.length;
  for (;;) {
    const bucket = readBucket(text, at, maxNames - names, scratch);
    const before = buckets.at(-1);
    if (bucket === undefined || (before !== undefined && before.name >= bucket.name)) return undefined;
    buckets.push(bucket);
    names += 1 + bucket.keys.length;
    at += bucket.text.length;
    if (text[at] !== ',') break;
    at++;
  }
  return at === text.length - 2 && text.endsWith('}}') ? buckets : undefined;
}

/**
 * Filled anew for each bucket, which gets copies of the right length: an array that grows keeps room for sixteen more,
 * and most buckets have a few keys.
 */
interface Scratch {
  readonly keys: string[];
  readonly ids: string[];
}

/** `"name":{"key":"id",…}`, with at most `most` names. */
function readBucket(
  text: string,
  start: number,
  most: number,
  { keys, ids }: Scratch,
): (Repository & { text: string }) | undefined {
  const nameEnd = text.indexOf('"', start + 1);
  if (text[start] !== '"' || !text.startsWith('":{"', nameEnd)) return undefined;
  let size = 0;
  for (let at = nameEnd + 4; ; ) {
    const keyEnd = text.indexOf('"', at);
    if (!text.startsWith('":"', keyEnd)) return undefined;
    const key = text.slice(at, keyEnd);
    if (size > 0 && (keys[size - 1] as string) >= key) return undefined;
    keys[size] = key;
    const id = readId(text, keyEnd + 3, size === 0 ? undefined : ids[size - 1]);
    if (id === undefined) return undefined;
    ids[size] = id;
    const idEnd = keyEnd + 3 + id.length;
    if (++size >= most) throw tooManyNames();
    if (text[idEnd + 1] === '}') {
      const end = idEnd + 2;
      return {
        name: text.slice(start + 1, nameEnd),
        keys: keys.slice(0, size),
        ids: ids.slice(0, size),
        isNull: false,
        text: text.slice(start, end),
      };
    }
    if (!text.startsWith(',"', idEnd + 1)) return undefined;
    at = idEnd + 3;
  }
}

/** Most neighbours are a tag and a digest of one image: they share the string, whatever looks it up later hashes it once. */
function readId(text: string, start: number, before: string | undefined): string | undefined {
  if (before !== undefined && text[start + before.length] === '"' && text.startsWith(before, start))
    return before;
  const end = text.indexOf('"', start);
  return end === -1 ? undefined : text.slice(start, end);
}
