import type { Claim, Proof } from '../../check/claim.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { Here } from '../../sources/evidence/here.ts';
import { type Naming, nameHere } from '../../sources/evidence/naming.ts';
import type { Outcome, Verdict } from '../../sources/evidence/verdict.ts';

/** What is good enough for a digest where no manifest is at hand: a daemon kept it so (as repair takes it). */
const vouches: ReadonlySet<Proof> = new Set<Proof>(['digest', 'memory', 'container', 'backup']);

/** What the claims of a source without manifests come to; claims about tags say nothing of a digest. */
export function claimVerdicts(claims: readonly Claim[], here: Here, naming: Naming = {}): Verdict[] {
  return claims.flatMap((claim) => {
    const parsed = tryParseNormalizedNamed(claim.reference);
    if (parsed?.digest === undefined) return [];
    const name = nameHere(familiarName(parsed), naming);
    const reference = name === undefined ? undefined : `${name}@${parsed.digest}`;
    const isKept = reference !== undefined && keyProblem(reference) === undefined;
    const held = isKept ? here.repositories.find(reference) : undefined;
    return {
      outcome: isKept ? outcomeOf(claim, held, here) : 'invalid-name',
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

function outcomeOf({ imageId, proof }: Claim, held: string | undefined, { images }: Here): Outcome {
  if (!images.has(imageId)) return 'image-not-here';
  if (held === imageId) return 'already-there';
  if (!vouches.has(proof)) return 'unproven';
  return held === undefined ? 'restorable' : 'held-by-another';
}
