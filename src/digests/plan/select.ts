import { parseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, familiarString, type Reference, withoutTag } from '../../reference/reference.ts';
import { impliedRepository } from '../../repositories/patch.ts';
import { ReferenceNotFoundError } from '../../repositories/reference-errors.ts';

/** A digest, and the tags of its repository at the same image. */
export interface Selectable {
  /** Familiar `name@digest`. */
  readonly reference: string;
  readonly tags?: readonly string[] | undefined;
}

/**
 * Those that the user names: a repository, a tag whose image's digests are meant, or a digest (a tag beside it is
 * dropped). All of them where nothing is named.
 * @throws RefstoreError INVALID_REFERENCE; REFERENCE_NOT_FOUND for what names none of them
 */
export function select<T extends Selectable>(all: readonly T[], names: readonly string[]): T[] {
  if (names.length === 0) return [...all];
  const isMeant = names.map((name) => matcher(parseNormalizedNamed(name)));
  const missing = names.find((_name, index) => !all.some((one) => isMeant[index]?.(one)));
  if (missing !== undefined) throw new ReferenceNotFoundError(missing);
  return all.filter((one) => isMeant.some((matches) => matches(one)));
}

/** Whether a digest is among those that a reference names. */
export function matcher(wanted: Reference): (one: Selectable) => boolean {
  if (wanted.digest !== undefined) {
    const key = familiarString(withoutTag(wanted));
    return ({ reference }) => reference === key;
  }
  if (wanted.tag !== undefined) {
    const key = familiarString(wanted);
    return ({ tags = [] }) => tags.includes(key);
  }
  const name = familiarName(wanted);
  return ({ reference }) => impliedRepository(reference) === name;
}
