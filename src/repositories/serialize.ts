import { RefstoreError } from '../errors.ts';
import type { Repositories } from './repositories.ts';
import type { Repository } from './repository.ts';

/**
 * The file byte for byte as the daemon writes it: one line, both levels in byte order, no final newline, with
 * Go's escapes of < > & U+2028 U+2029 (moby v28.5.2 reference/store.go, save; encoding/json of Go 1.22 and later).
 * @throws RefstoreError LIMIT_EXCEEDED when it would not fit into one string
 */
export function serializeRepositories(repositories: Repositories): string {
  if (repositories.isNull) return '{"Repositories":null}';
  try {
    return `{"Repositories":{${repositories.sorted.map(repositoryText).join(',')}}}`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `a store of ${repositories.size} references does not fit into one string of 512 MiB`;
    throw new RefstoreError('LIMIT_EXCEEDED', message, { cause: error });
  }
}

/** `"name":{…}` */
export function repositoryText(bucket: Repository): string {
  if (bucket.text !== undefined) return bucket.text;
  if (bucket.isNull) return `${goString(bucket.name)}:null`;
  const entries = bucket.keys.map((key, i) => `${goString(key)}:${goString(bucket.ids[i] as string)}`);
  return `${goString(bucket.name)}:{${entries.join(',')}}`;
}

const special = /["\\\x00-\x1f<>&\u2028\u2029]/;
const htmlEscapes = /[<>&\u2028\u2029]/g;

function goString(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    htmlEscapes,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
