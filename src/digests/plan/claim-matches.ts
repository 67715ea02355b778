import type { Claim, Proof } from '../../facts/claim.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { DigestMatch, Outcome } from '../../sources/evidence/digest-match.ts';
import type { LocalImages } from '../../sources/evidence/local-images.ts';
import { localName, type Naming } from '../../sources/evidence/naming.ts';

/** What is good enough for a digest where no manifest is at hand: a daemon kept it so (as repair takes it). */
const vouches: ReadonlySet<Proof> = new Set<Proof>(['digest', 'memory', 'container', 'backup']);

/** What the claims of a source without manifests come to; claims about tags say nothing of a digest. */
export function claimMatches(
  claims: readonly Claim[],
  local: LocalImages,
  naming: Naming = {},
): DigestMatch[] {
  return claims.flatMap((claim) => {
    const parsed = tryParseNormalizedNamed(claim.reference);
    if (parsed?.digest === undefined) return [];
    const name = localName(familiarName(parsed), naming);
    const reference = name === undefined ? undefined : `${name}@${parsed.digest}`;
    const isKept = reference !== undefined && keyProblem(reference) === undefined;
    const held = isKept ? local.repositories.find(reference) : undefined;
    return {
      outcome: isKept ? outcomeOf(claim, held, local) : 'invalid-name',
      source: claim.source,
      reference: isKept ? reference : undefined,
      digest: parsed.digest,
      imageId: claim.imageId,
      tag: undefined,
      proven: [],
      ...(held === undefined || held === claim.imageId ? {} : { other: held }),
      detail: claim.detail,
    };
  });
}

function outcomeOf({ imageId, proof }: Claim, held: string | undefined, { images }: LocalImages): Outcome {
  if (!images.has(imageId)) return 'image-not-here';
  if (held === imageId) return 'already-there';
  if (!vouches.has(proof)) return 'unproven';
  return held === undefined ? 'restorable' : 'held-by-another';
}
