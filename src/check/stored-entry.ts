import { isDigest } from '../reference/digest.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { canonicalString, familiarName, familiarString, type Reference } from '../reference/reference.ts';
import { ambiguousName, type Entry } from '../repositories/repositories.ts';

/** What the daemon can do with an entry, by its key and its bucket alone. Only `sound` ones resolve. */
export type Form =
  | 'sound'
  /** `docker.io/library/alpine:1`: listed, never found. */
  | 'not-familiar'
  /** Its familiar form reads back to another repository. */
  | 'not-reversible'
  | 'wrong-bucket'
  | 'no-tag'
  | 'tag-and-digest'
  /** A repository of the name sha256. */
  | 'sha256'
  | 'unparsable';

/** An entry with what its key says. */
export interface StoredEntry extends Entry {
  readonly form: Form;
  /** Undefined for `unparsable`. */
  readonly parsed: Reference | undefined;
}

export function readEntry({ repository, reference, imageId }: Entry): StoredEntry {
  const parsed = tryParseNormalizedNamed(reference);
  return { repository, reference, imageId, parsed, form: formOf(repository, reference, parsed) };
}

/**
 * readEntry for many, in the order of the file. Of a bucket with a familiar name that name is parsed once, and of its
 * keys only what follows it.
 */
export function readEntries(entries: Iterable<Entry>): StoredEntry[] {
  let bucket: string | undefined;
  let name: Reference | undefined;
  return Array.from(entries, (entry) => {
    if (entry.repository !== bucket) {
      bucket = entry.repository;
      name = familiarRepository(bucket);
    }
    return (name && readKeyOf(name, entry)) ?? readEntry(entry);
  });
}

/** The name, if it is one under which the daemon files what it names. */
function familiarRepository(text: string): Reference | undefined {
  const name = tryParseNormalizedNamed(text);
  if (name === undefined || name.tag !== undefined || name.digest !== undefined) return undefined;
  return familiarName(name) === text && text !== ambiguousName ? name : undefined;
}

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** An entry whose key is the name of its bucket with a tag or a digest; undefined for any other. */
function readKeyOf({ domain, path }: Reference, entry: Entry): StoredEntry | undefined {
  const { repository, reference, imageId } = entry;
  if (!reference.startsWith(repository)) return undefined;
  const rest = reference.slice(repository.length + 1);
  let parsed: Reference | undefined;
  if (reference[repository.length] === ':' && tagPattern.test(rest)) parsed = { domain, path, tag: rest };
  if (reference[repository.length] === '@' && isDigest(rest)) parsed = { domain, path, digest: rest };
  return parsed && { repository, reference, imageId, parsed, form: 'sound' };
}

/** The bucket and key under which the daemon looks for what an entry names. */
export function homeOf(parsed: Reference): { repository: string; reference: string } {
  return { repository: familiarName(parsed), reference: familiarString(parsed) };
}

/** The key under which the store keeps a reference; undefined for what is none. */
export function storeKey(reference: string): string | undefined {
  const parsed = tryParseNormalizedNamed(reference);
  return parsed === undefined ? undefined : homeOf(parsed).reference;
}

/** Says what it names, in a place where the daemon does not look: it can be put where it belongs. */
export function isMisplaced({ form }: StoredEntry): boolean {
  return form === 'not-familiar' || form === 'wrong-bucket';
}

/** The daemon finds it, or would if it stood in its place. */
export function isMeaningful(entry: StoredEntry): boolean {
  return entry.form === 'sound' || isMisplaced(entry);
}

function formOf(repository: string, key: string, parsed: Reference | undefined): Form {
  if (parsed === undefined) return 'unparsable';
  const home = homeOf(parsed);
  if (home.repository === ambiguousName) return 'sha256';
  if (parsed.tag !== undefined && parsed.digest !== undefined) return 'tag-and-digest';
  if (parsed.tag === undefined && parsed.digest === undefined) return 'no-tag';
  if (home.reference !== key) return isReversible(parsed, home.reference) ? 'not-familiar' : 'not-reversible';
  return home.repository === repository ? 'sound' : 'wrong-bucket';
}

function isReversible(parsed: Reference, familiar: string): boolean {
  const again = tryParseNormalizedNamed(familiar);
  return again !== undefined && canonicalString(again) === canonicalString(parsed);
}
