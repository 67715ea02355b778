import { RefstoreError } from '../errors.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import type { DescribedDigest } from '../sources/evidence/evidence.ts';
import { quoted } from '../util/escape.ts';

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
 * The described digests of an archive, under the names that they get. An image without a tag would be lost at the next prune, so
 * each one has one: the archive's, or what docker takes where a name has none.
 * @throws RefstoreError USAGE where neither the archive nor `as` names an image, or two would get one name
 */
export function nameDescribedDigests(
  describedDigests: readonly DescribedDigest[],
  as: GivenName | undefined,
  place: string,
): (DescribedDigest & { readonly repository: string; readonly tag: string })[] {
  const named = describedDigests.map((describedDigest) => {
    const repository = as?.repository ?? describedDigest.repository;
    if (repository !== undefined) {
      return { ...describedDigest, repository, tag: as?.tag ?? describedDigest.tag ?? 'latest' };
    }
    throw new RefstoreError('USAGE', `${place} does not name its image ${describedDigest.digest}`, {
      hint: 'say how it is to be called, with --as NAME:TAG',
      details: { digest: describedDigest.digest },
    });
  });
  const byName = new Map<string, DescribedDigest>();
  for (const describedDigest of named) {
    const name = `${describedDigest.repository}:${describedDigest.tag}`;
    const other = byName.get(name);
    if (other !== undefined && other.digest !== describedDigest.digest) {
      throw new RefstoreError('USAGE', `${place} holds several images that would be called ${name}`, {
        hint: 'take them apart with skopeo copy, and load each under a name of its own',
        details: { name, digests: [other.digest, describedDigest.digest] },
      });
    }
    byName.set(name, describedDigest);
  }
  return named;
}
