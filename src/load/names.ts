import { RefstoreError } from '../errors.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import { quoted } from '../repositories/quoted.ts';
import type { Offer } from '../sources/evidence/evidence.ts';

/** `--as NAME[:TAG]`. */
export interface GivenName {
  /** Familiar. */
  readonly repository: string;
  readonly tag: string | undefined;
}

/** @throws RefstoreError USAGE, INVALID_REFERENCE */
export function parseGivenName(text: string): GivenName {
  const reference = parseNormalizedNamed(text);
  if (reference.digest === undefined) return { repository: familiarName(reference), tag: reference.tag };
  throw new RefstoreError('USAGE', `--as takes a name, not the digest ${quoted(text)}`, {
    hint: 'the digest is that of the archive: leave it out',
  });
}

/**
 * The offers of an archive under the names that they get. An image without a tag would be lost at the next prune, so
 * each one has one: the archive's, or what docker takes where a name has none.
 * @throws RefstoreError USAGE where neither the archive nor `as` names an image, or two would get one name
 */
export function nameOffers(
  offers: readonly Offer[],
  as: GivenName | undefined,
  place: string,
): (Offer & { readonly repository: string; readonly tag: string })[] {
  const named = offers.map((offer) => {
    const repository = as?.repository ?? offer.repository;
    if (repository !== undefined) {
      return { ...offer, repository, tag: as?.tag ?? offer.tag ?? 'latest' };
    }
    throw new RefstoreError('USAGE', `${place} does not name its image ${offer.digest}`, {
      hint: 'say how it is to be called, with --as NAME:TAG',
      details: { digest: offer.digest },
    });
  });
  const byName = new Map<string, Offer>();
  for (const offer of named) {
    const name = `${offer.repository}:${offer.tag}`;
    const other = byName.get(name);
    if (other !== undefined && other.digest !== offer.digest) {
      throw new RefstoreError('USAGE', `${place} holds several images that would be called ${name}`, {
        hint: 'take them apart with skopeo copy, and load each under a name of its own',
        details: { name, digests: [other.digest, offer.digest] },
      });
    }
    byName.set(name, offer);
  }
  return named;
}
