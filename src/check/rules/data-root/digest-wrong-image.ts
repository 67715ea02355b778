import type { DigestProof } from '../../../facts/facts.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, image, shortId } from '../../message.ts';
import { printable } from '../../printable.ts';
import { isResolvable } from '../../stored-entry.ts';

type Args = {
  /** The images that the manifest names. */
  readonly proven: readonly string[];
  readonly source: string;
};

export const digestWrongImage = defineRule<Args>({
  name: 'digest-wrong-image',
  category: 'data-root',
  severity: 'error',
  fix: 'proof',
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
  message: (f) =>
    `${entry(f)} is at ${image(f)}, but its manifest names ${f.args.proven.map(shortId).join(' or ')} (${printable(f.args.source)}): docker run by this digest runs the wrong program`,
  meaning:
    'A digest is a promise, and this one is broken. No error shows it. A pull of the digest fails with `cannot overwrite digest`.',
  cause:
    'A script wrote the digest without hashing anything: the first platform of an index, or the digest of another tag.',
  advice: [
    { text: 'Repair moves it to the proven image if that is here', command: 'refstore repair' },
    { text: 'Otherwise remove it', command: 'refstore repair --lossy digest-wrong-image' },
  ],
});

/** Only what disproves: all images of the manifest or index are known. */
function byDigest(proofs: readonly DigestProof[]): ReadonlyMap<string, DigestProof> {
  const complete = new Map<string, DigestProof>();
  for (const proof of proofs) if (proof.complete) complete.set(proof.digest, proof);
  return complete;
}
