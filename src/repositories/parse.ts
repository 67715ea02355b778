import { RefstoreError } from '../errors.ts';
import { compareByteOrder } from './byte-order.ts';
import { canonicalOpening, parseCanonical } from './parse-canonical.ts';
import { placeAt } from './place.ts';
import { Repositories } from './repositories.ts';
import { RepositoriesParseError } from './repositories-parse-error.ts';
import { nullRepository, type Repository, repositoryFromMap } from './repository.ts';
import { type RepositoriesScan, scanRepositories } from './scan.ts';

/** The longest file that is read, in bytes: what fits into one JavaScript string. */
export const maxFileSize = 512 * 1024 * 1024 - 24;

export interface ParseOptions {
  /** Path of the file, for messages. */
  readonly file?: string;
  /** In bytes. Default: about 512 MiB, the longest string that Node can hold. */
  readonly maxBytes?: number;
}

/**
 * Reads the file exactly as the daemon does: the first JSON value counts and what follows is ignored, the field
 * is found in any case, later duplicates win, image IDs are not checked (moby v28.5.2 reference/store.go, reload).
 * @throws RepositoriesParseError where the daemon refuses the file or crashes on it
 * @param input bytes or text of the file
 * @throws RefstoreError LIMIT_EXCEEDED
 * @example
 * const imageId = parseRepositories(await readFile(file)).get('alpine:3.20');
 */
export function parseRepositories(input: Uint8Array | string, options: ParseOptions = {}): Repositories {
  const file = options.file ?? 'repositories.json';
  const limit = Math.min(options.maxBytes ?? maxFileSize, maxFileSize);
  if (input.length > limit) {
    throw new RefstoreError('LIMIT_EXCEEDED', `${file} has ${input.length} bytes, more than ${limit}`, {
      hint: 'a store of a million references has about 140 MB: is this the right file?',
      details: { file, size: input.length, limit },
    });
  }
  return parseCanonicalForm(input) ?? parseAnyForm(input, file);
}

/** For a file as the daemon writes it; undefined for any other. */
function parseCanonicalForm(input: Uint8Array | string): Repositories | undefined {
  const text = typeof input === 'string' ? input : decode(input);
  const buckets = text === undefined ? undefined : parseCanonical(text);
  return buckets === undefined ? undefined : new Repositories(buckets, false);
}

/** The text, where it may be as the daemon writes it: it begins so, and is UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const beginning = decoder.decode(bytes.subarray(0, canonicalOpening.length));
    return beginning === canonicalOpening ? decoder.decode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads every form that the daemon reads. Slower than the canonical form, but says what is wrong and where. */
export function parseAnyForm(input: Uint8Array | string, file: string): Repositories {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const scan = scanRepositories(bytes);
  if (scan.failure !== undefined) {
    throw new RepositoriesParseError(scan.failure, placeAt(bytes, scan.failure.offset), file);
  }
  return repositoriesFromScan(scan);
}

/** What the daemon would hold in memory after reading this. */
function repositoriesFromScan(scan: RepositoriesScan): Repositories {
  const fields = scan.fields.filter((field) => field.isRepositories);
  const buckets: Repository[] = [];
  for (const { name, valueKind, entries, effective } of fields.flatMap((field) => field.buckets)) {
    if (!effective) continue;
    if (valueKind === 'null') buckets.push(nullRepository(name));
    else buckets.push(repositoryFromMap(name, new Map(entries.map((e) => [e.reference, e.imageId]))));
  }
  buckets.sort((a, b) => compareByteOrder(a.name, b.name));
  return new Repositories(buckets, fields.at(-1)?.valueKind === 'null');
}
