import { RefstoreError } from '../../errors.ts';
import { InvalidReferenceError } from '../../reference/invalid-reference-error.ts';
import { parseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString, withoutTag } from '../../reference/reference.ts';
import { impliedRepository } from '../../repositories/patch.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import type { DigestMatch } from '../../sources/evidence/digest-match.ts';

/**
 * The keys under which the store keeps digests.
 * @throws RefstoreError INVALID_REFERENCE for what is no `name@digest`
 */
export function readTrust(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.map((text) => {
      const reference = parseNormalizedNamed(text);
      if (reference.digest === undefined) throw new InvalidReferenceError(text, 'it has no digest');
      return familiarString(withoutTag(reference));
    }),
  );
}

/** The bucket of a familiar `name@digest`. */
export function digestRepository(reference: string): string {
  return impliedRepository(reference) ?? reference.slice(0, reference.indexOf('@'));
}

/**
 * A source that has an image under a name and does not know its digest says which image is meant; that the digest
 * is its, the one who trusts says.
 */
export function trustedMatches(
  matches: readonly DigestMatch[],
  trust: ReadonlySet<string>,
  repositories: Repositories,
): DigestMatch[] {
  return [...trust].flatMap((reference) => {
    if (matches.some((match) => match.reference === reference)) return [];
    const repository = digestRepository(reference);
    const digest = reference.slice(reference.indexOf('@') + 1);
    const held = repositories.find(reference);
    return matches
      .filter(({ outcome, tag }) => {
        return outcome === 'no-digest' && tag !== undefined && impliedRepository(tag) === repository;
      })
      .map((match): DigestMatch => {
        const told = { ...match, reference, digest };
        if (held === match.imageId) return { ...told, outcome: 'already-there' };
        return { ...told, outcome: 'unproven', ...(held === undefined ? {} : { other: held }) };
      });
  });
}

/** @throws RefstoreError UNPROVEN_DIGEST for what is trusted and no source knows an image for */
export function refuseUnclaimed(trust: ReadonlySet<string>, matches: readonly DigestMatch[]): void {
  const known = new Set(matches.map(({ reference }) => reference));
  const unknown = [...trust].filter((reference) => !known.has(reference));
  const [first] = unknown;
  if (first === undefined) return;
  throw new RefstoreError(
    'UNPROVEN_DIGEST',
    `${first} is to be trusted, but no source says which image it is${unknown.length > 1 ? ` (and ${unknown.length - 1} more)` : ''}; nothing was changed`,
    {
      hint: 'name the source that has the image under this name, with --from: docker-archive:FILE or inspect:FILE',
      details: { references: unknown },
    },
  );
}
