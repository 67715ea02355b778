import type { Claim } from '../../check/claim.ts';
import type { DigestProof } from '../../check/facts.ts';
import { isComplete, provenImages } from '../../dataroot/digest-proofs.ts';
import type { Evidence } from './evidence.ts';
import type { Here } from './here.ts';
import type { Naming } from './naming.ts';
import type { Verdict } from './verdict.ts';
import { weighHearsay, weighUndigested } from './weigh-hearsay.ts';
import { weighOffer } from './weigh-offer.ts';

export interface Weighed {
  /** All that is known of images that are here, whether the store has it already or not. */
  readonly claims: readonly Claim[];
  /** One for each manifest that was read. */
  readonly proofs: readonly DigestProof[];
  /** One for each digest and name: what can be restored, and why the rest cannot. */
  readonly verdicts: readonly Verdict[];
}

/** What a piece of evidence comes to. */
export interface Finding {
  readonly claims: readonly Omit<Claim, 'source'>[];
  readonly verdict?: Omit<Verdict, 'source'> | undefined;
}

/** What evidence says about this host. Pure: the same in, the same out. */
export function weighEvidence(evidence: Evidence, here: Here, naming: Naming = {}): Weighed {
  const { source } = evidence;
  const findings = [
    ...evidence.offers.flatMap((offer) => weighOffer(offer, evidence, here, naming)),
    ...evidence.hearsay.flatMap((hearsay) => weighHearsay(hearsay, here, naming)),
    ...evidence.undigested.map((undigested) => weighUndigested(undigested, here, naming)),
  ];
  return {
    claims: distinct(
      findings.flatMap(({ claims }) => claims.map((claim) => ({ ...claim, source }))),
      ({ reference, imageId, proof }) => `${reference} ${imageId} ${proof}`,
    ),
    proofs: proofsOf(evidence),
    // A source may have one digest by several tags.
    verdicts: distinct(
      findings.flatMap(({ verdict }) => (verdict === undefined ? [] : { ...verdict, source })),
      ({ outcome, reference, digest, imageId, tag }) =>
        `${outcome} ${reference ?? digest ?? tag ?? ''} ${imageId ?? ''}`,
    ),
  };
}

function proofsOf({ manifests, offers, source }: Evidence): DigestProof[] {
  const names = new Map<string, Set<string>>();
  for (const { digest, repository } of offers) {
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
