import type { Claim } from '../../facts/claim.ts';
import type { DigestProof } from '../../facts/facts.ts';
import { isComplete, provenImages } from '../../oci/digest-proofs.ts';
import type { DigestMatch } from './digest-match.ts';
import type { Evidence } from './evidence.ts';
import type { LocalImages } from './local-images.ts';
import { matchDescribedDigest } from './match-described-digest.ts';
import { matchImageWithoutDigest, matchUnverifiedReference } from './match-unverified.ts';
import type { Naming } from './naming.ts';

export interface EvidenceMatches {
  /** All that is known of images that are here, whether the store has it already or not. */
  readonly claims: readonly Claim[];
  /** One for each manifest that was read. */
  readonly proofs: readonly DigestProof[];
  /** One for each digest and name: what can be restored, and why the rest cannot. */
  readonly matches: readonly DigestMatch[];
}

/** What evidence says about this host. Pure: the same in, the same out. */
export function matchEvidence(evidence: Evidence, local: LocalImages, naming: Naming = {}): EvidenceMatches {
  const { source } = evidence;
  const findings = [
    ...evidence.describedDigests.flatMap((describedDigest) =>
      matchDescribedDigest(describedDigest, evidence, local, naming),
    ),
    ...evidence.unverified.flatMap((unverified) => matchUnverifiedReference(unverified, local, naming)),
    ...evidence.withoutDigest.map((withoutDigest) => matchImageWithoutDigest(withoutDigest, local, naming)),
  ];
  return {
    claims: distinct(
      findings.flatMap(({ claims }) => claims.map((claim) => ({ ...claim, source }))),
      ({ reference, imageId, proof }) => `${reference} ${imageId} ${proof}`,
    ),
    proofs: proofsOf(evidence),
    // A source may have one digest by several tags.
    matches: distinct(
      findings.flatMap(({ match }) => (match === undefined ? [] : { ...match, source })),
      ({ outcome, reference, digest, imageId, tag }) =>
        `${outcome} ${reference ?? digest ?? tag ?? ''} ${imageId ?? ''}`,
    ),
  };
}

function proofsOf({ manifests, describedDigests, source }: Evidence): DigestProof[] {
  const names = new Map<string, Set<string>>();
  for (const { digest, repository } of describedDigests) {
    if (repository === undefined) continue;
    const known = names.get(digest) ?? new Set();
    names.set(digest, known.add(repository));
  }
  return Array.from(manifests.values(), ({ digest, manifest }) => ({
    digest,
    imageIds: provenImages(manifest, manifests),
    complete: isComplete(manifest, manifests),
    repositories: [...(names.get(digest) ?? [])].sort(),
    source,
  }));
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey.values()];
}
