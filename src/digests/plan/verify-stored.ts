import { readEntries, type StoredEntry } from '../../check/stored-entry.ts';
import type { DigestProof } from '../../facts/facts.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import type { DigestMatch } from '../../sources/evidence/digest-match.ts';
import type { LocalImages } from '../../sources/evidence/local-images.ts';
import type { Verified } from './verification-status.ts';

/** Compares every digest of a store with what manifests prove. */
export function verifyStored(
  { repositories, images }: LocalImages,
  proofs: readonly DigestProof[],
): Verified[] {
  const byDigest = new Map<string, DigestProof[]>();
  for (const proof of proofs) {
    const others = byDigest.get(proof.digest);
    if (others === undefined) byDigest.set(proof.digest, [proof]);
    else others.push(proof);
  }
  return digestEntries(repositories).map((entry) => {
    const { form, parsed, reference, imageId } = entry;
    const none = { reference, imageId, source: undefined, proven: [] };
    if (form !== 'valid') return { ...none, standing: 'unresolvable' };
    if (!images.has(imageId)) return { ...none, standing: 'image-missing' };
    return { ...none, ...match(imageId, byDigest.get(parsed?.digest ?? '') ?? []) };
  });
}

function match(
  imageId: string,
  proofs: readonly DigestProof[],
): Pick<Verified, 'standing' | 'source' | 'proven'> {
  const right = proofs.find(({ imageIds }) => imageIds.includes(imageId));
  if (right !== undefined) return { standing: 'holds', source: right.source, proven: [imageId] };
  // An index of which some manifests are not at hand may still name the image.
  const wrong = proofs.find(({ complete, imageIds }) => complete && imageIds.length > 0);
  if (wrong !== undefined) return { standing: 'wrong', source: wrong.source, proven: wrong.imageIds };
  return { standing: 'not-provable', source: undefined, proven: [] };
}

/** What sources have for what is here, and the store does not. */
export function missingFrom(matches: readonly DigestMatch[]): Verified[] {
  return matches.flatMap(({ outcome, reference, imageId, source, tag }) => {
    if (reference === undefined || (outcome !== 'restorable' && outcome !== 'other-image')) return [];
    const proven = outcome === 'restorable' && imageId !== undefined ? [imageId] : [];
    return { reference, standing: 'absent' as const, imageId: undefined, source, proven, tag };
  });
}

function digestEntries(repositories: Repositories): StoredEntry[] {
  return readEntries(repositories.entries()).filter(({ reference }) => reference.includes('@'));
}
