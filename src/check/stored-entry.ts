import { type Digest, isDigest } from '../reference/digest.ts';
import { isFamiliarName } from '../reference/familiar.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../reference/parse.ts';
import { canonicalString, familiarName, familiarString, type Reference } from '../reference/reference.ts';
import { ambiguousName, type Entry } from '../repositories/repositories.ts';

/** What the daemon can do with an entry, by its key and its repository alone. Only `valid` ones resolve. */
export type Form =
  | 'valid'
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

/** readEntry for many, in the order of the file. */
export function readEntries(entries: Iterable<Entry>): StoredEntry[] {
  const reader = new EntryReader();
  return Array.from(entries, (entry) => reader.read(entry));
}

// Sticky: looked for where the name ends, without cutting the key.
const tagSuffix = /:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/y;
/** Nearly every digest is one of sha256. */
const usualDigestSuffix = /@sha256:[a-f0-9]{64}$/y;

/** Reads entries in the order of the file: the name of a repository is parsed once, not once for each key. */
export class EntryReader {
  #repository: string | undefined;
  #isFamiliar = false;
  #name: Reference | undefined;

  read(entry: Entry): StoredEntry {
    const { repository, reference, imageId } = entry;
    const suffix = this.suffixOf(repository, reference);
    if (suffix === undefined) return readEntry(entry);
    this.#name ??= parseNormalizedNamed(repository);
    const { domain, path } = this.#name;
    const text = reference.slice(repository.length + 1);
    const parsed = suffix === 'tag' ? { domain, path, tag: text } : { domain, path, digest: text as Digest };
    return { repository, reference, imageId, parsed, form: 'valid' };
  }

  /**
   * Of an entry whose key is the name of its repository with a tag or a digest: which of both. Such an entry is valid.
   * Undefined for any other: readEntry tells what that is.
   */
  suffixOf(repository: string, reference: string): 'tag' | 'digest' | undefined {
    if (repository !== this.#repository) {
      this.#repository = repository;
      this.#isFamiliar = repository !== ambiguousName && isFamiliarName(repository);
      this.#name = undefined;
    }
    if (!this.#isFamiliar || !reference.startsWith(repository)) return undefined;
    const end = repository.length;
    if (reference[end] !== '@') return endsWith(tagSuffix, reference, end) ? 'tag' : undefined;
    const isDigested = endsWith(usualDigestSuffix, reference, end) || isDigest(reference.slice(end + 1));
    return isDigested ? 'digest' : undefined;
  }
}

function endsWith(suffix: RegExp, text: string, from: number): boolean {
  suffix.lastIndex = from;
  return suffix.test(text);
}

/** The bucket and key under which the daemon looks for what an entry names. */
export function canonicalLocation(parsed: Reference): { repository: string; reference: string } {
  return { repository: familiarName(parsed), reference: familiarString(parsed) };
}

/** The key under which the store keeps a reference; undefined for what is none. */
export function storeKey(reference: string): string | undefined {
  const parsed = tryParseNormalizedNamed(reference);
  return parsed === undefined ? undefined : canonicalLocation(parsed).reference;
}

/** Says what it names, in a place where the daemon does not look: it can be put where it belongs. */
export function isMisplaced({ form }: StoredEntry): boolean {
  return form === 'not-familiar' || form === 'wrong-bucket';
}

/** The daemon finds it, or would if it stood in its place. */
export function isResolvable(entry: StoredEntry): boolean {
  return entry.form === 'valid' || isMisplaced(entry);
}

function formOf(repository: string, key: string, parsed: Reference | undefined): Form {
  if (parsed === undefined) return 'unparsable';
  const home = canonicalLocation(parsed);
  if (home.repository === ambiguousName) return 'sha256';
  if (parsed.tag !== undefined && parsed.digest !== undefined) return 'tag-and-digest';
  if (parsed.tag === undefined && parsed.digest === undefined) return 'no-tag';
  if (home.reference !== key) return isReversible(parsed, home.reference) ? 'not-familiar' : 'not-reversible';
  return home.repository === repository ? 'valid' : 'wrong-bucket';
}

function isReversible(parsed: Reference, familiar: string): boolean {
  const again = tryParseNormalizedNamed(familiar);
  return again !== undefined && canonicalString(again) === canonicalString(parsed);
}
