import { isImageId } from '../../../reference/digest.ts';
import type { CheckContext } from '../../check-context.ts';
import type { Location, RawFinding } from '../../define-rule.ts';
import { canonicalLocation, type StoredEntry } from '../../stored-entry.ts';

/** Entries that say what they name, in a place where the daemon does not look for it. */

export type MisplacedArgs = {
  /** The key under which the daemon looks. */
  readonly names: string;
  /** The repository in which the daemon looks. */
  readonly belongs: string;
  /** The entry is there too, at the same image. */
  readonly isTwice: boolean;
};

export function* misplacedOfForm(
  context: CheckContext,
  form: 'not-familiar' | 'wrong-bucket',
): Generator<RawFinding<MisplacedArgs>> {
  for (const entry of context.survey.malformed) {
    // One that would crash the daemon, or that contradicts another, is not put where it would be found.
    if (entry.form !== form || !isImageId(entry.imageId) || conflictsWith(context, entry).length > 0)
      continue;
    const { repository, reference } = namedBy(entry);
    const isTwice = context.aliases(entry).length > 1;
    yield { ...locationOf(context, entry), args: { names: reference, belongs: repository, isTwice } };
  }
}

/** Entries that name the same, at another image. */
export function conflictsWith(context: CheckContext, entry: StoredEntry): StoredEntry[] {
  return context.aliases(entry).filter((other) => other.imageId !== entry.imageId);
}

export function namedBy(entry: StoredEntry): { repository: string; reference: string } {
  return entry.parsed === undefined ? entry : canonicalLocation(entry.parsed);
}

export function locationOf(context: CheckContext, entry: StoredEntry): Location {
  const { repository, reference, imageId } = entry;
  const at = context.placeOf(entry);
  return { repository, reference, imageId, ...(at && { at }) };
}
