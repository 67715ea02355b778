import type { DigestProof } from '../../facts/facts.ts';
import type { Rule } from '../rule.ts';
import { isResolvable } from '../stored-entry.ts';

export const digestWrongImage: Rule = {
  name: 'digest-wrong-image',
  severity: 'error',
  fix: 'proof',
  category: 'data-root',
  summary: 'a digest at an image that its manifest does not name: the wrong program runs',
  *check(context) {
    const proofs = byDigest(context.facts.digestProofs ?? []);
    if (proofs.size === 0) return;
    for (const entry of context.entries) {
      const { repository, reference, imageId, parsed } = entry;
      if (!isResolvable(entry) || parsed?.digest === undefined) continue;
      const proof = proofs.get(parsed.digest);
      if (proof === undefined || proof.imageIds.includes(imageId)) continue;
      // A ghost runs nothing.
      if (context.hasImage(imageId) === false) continue;
      const at = context.placeOf(entry);
      const args = { proven: proof.imageIds, source: proof.source };
      yield { repository, reference, imageId, ...(at && { at }), args };
    }
  },
};

/** Only what disproves: all images of the manifest or index are known. */
function byDigest(proofs: readonly DigestProof[]): ReadonlyMap<string, DigestProof> {
  const complete = new Map<string, DigestProof>();
  for (const proof of proofs) if (proof.complete) complete.set(proof.digest, proof);
  return complete;
}
