import { isImageId } from '../../reference/digest.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, tagNameOnly } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { DigestMatch, MatchResult } from './digest-match.ts';
import type { ImageWithoutDigest, UnverifiedReference } from './evidence.ts';
import type { LocalImages } from './local-images.ts';

import { localName, type Naming } from './naming.ts';

/** What a source only tells of: a claim that proves nothing, and of a digest the word that it is unproven. */
export function matchUnverifiedReference(
  unverified: UnverifiedReference,
  local: LocalImages,
  naming: Naming,
): MatchResult[] {
  const { imageId, detail } = unverified;
  const reference = localReference(unverified.reference, naming);
  if (reference === undefined || !isImageId(imageId)) return [];
  const isLocal = local.images.has(imageId);
  const claims: MatchResult['claims'] = isLocal ? [{ reference, imageId, proof: 'file', detail }] : [];
  const digest = tryParseNormalizedNamed(reference)?.digest;
  if (digest === undefined) return [{ claims }];
  const said: Omit<DigestMatch, 'source' | 'outcome'> = {
    reference,
    digest,
    imageId,
    tag: undefined,
    proven: [],
    detail,
  };
  if (!isLocal) return [{ claims, match: { ...said, outcome: 'image-not-here' } }];
  const held = local.repositories.find(reference);
  if (held === imageId) return [{ claims, match: { ...said, outcome: 'already-there' } }];
  return [
    { claims, match: { ...said, outcome: 'unproven', ...(held === undefined ? {} : { other: held }) } },
  ];
}

export function matchImageWithoutDigest(
  { imageId, tags, detail }: ImageWithoutDigest,
  local: LocalImages,
  naming: Naming,
): MatchResult {
  const references = tags.flatMap((tag) => localReference(tag, naming) ?? []);
  const isLocal = local.images.has(imageId);
  return {
    claims: isLocal ? references.map((reference) => ({ reference, imageId, proof: 'file', detail })) : [],
    match: {
      outcome: isLocal ? 'no-digest' : 'image-not-here',
      reference: undefined,
      digest: undefined,
      imageId,
      tag: references[0],
      proven: [],
      detail,
    },
  };
}

/** A reference of a source as it is called here; undefined where the store could not keep it. */
function localReference(given: string, naming: Naming): string | undefined {
  const parsed = tryParseNormalizedNamed(given);
  const name = parsed === undefined ? undefined : localName(familiarName(parsed), naming);
  if (parsed === undefined || name === undefined) return undefined;
  const reference =
    parsed.digest === undefined ? `${name}:${tagNameOnly(parsed).tag}` : `${name}@${parsed.digest}`;
  return keyProblem(reference) === undefined ? reference : undefined;
}
