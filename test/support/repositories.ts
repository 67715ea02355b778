import fc from 'fast-check';
import { type Entry, Repositories } from '../../src/repositories/repositories.ts';

export const imageA = `sha256:${'a'.repeat(64)}`;
export const imageB = `sha256:${'b'.repeat(64)}`;
export const imageC = `sha256:${'c'.repeat(64)}`;
export const digestX = `sha256:${'1'.repeat(64)}`;

/** A few names only, so that generated stores meet in their entries. */
const names = fc.constantFrom(
  'alpine',
  'acme/app',
  'registry.example.com:5000/web',
  'constructor',
  '1',
  '10',
);
const suffixes = fc.constantFrom(':1', ':2', ':latest', `@${digestX}`, `@sha512:${'2'.repeat(128)}`);
const images = fc.constantFrom(imageA, imageB, imageC);

/** Entries that the daemon itself would write. */
const properEntry = fc
  .tuple(names, suffixes, images)
  .map(([repository, suffix, imageId]): Entry => ({ repository, reference: repository + suffix, imageId }));

/** Characters in which JSON, Go and JavaScript differ. */
const oddText = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    '1',
    ':',
    '"',
    '\\',
    '<',
    '&',
    '\0',
    '\n',
    '\b',
    '\u2028',
    '\x7f',
    'é',
    '\uffee',
    '😀',
  ),
  maxLength: 4,
});
const oddEntry = fc.record({
  repository: fc.oneof(oddText, names, fc.constantFrom('__proto__', '')),
  reference: fc.oneof(oddText, fc.constantFrom('__proto__', 'docker.io/library/alpine:1', 'alpine', '')),
  imageId: fc.oneof(oddText, images, fc.constantFrom('', 'foo')),
});

/** Stores as the daemon writes them. */
export const properRepositories = fc
  .array(properEntry, { maxLength: 12 })
  .map((entries) => Repositories.fromEntries(entries));

/** Stores with anything in them that the file can hold. */
export const anyRepositories = fc
  .array(fc.oneof(properEntry, oddEntry), { maxLength: 12 })
  .map((entries) => Repositories.fromEntries(entries));

export function entriesOf(repositories: Repositories): Entry[] {
  return [...repositories.entries()];
}

/** Everything that is to be seen of a store. */
export function stateOf(repositories: Repositories): unknown {
  const { isNull, size } = repositories;
  const buckets = Array.from(repositories.buckets(), ({ name, isNull }) => ({ name, isNull }));
  return { isNull, size, buckets, entries: entriesOf(repositories) };
}

export function tag(reference: string, imageId: string): Entry {
  return { repository: reference.slice(0, reference.lastIndexOf(':')), reference, imageId };
}
