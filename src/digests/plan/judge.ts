import type { Outcome, Verdict } from '../../sources/evidence/verdict.ts';
import type { NotRestored, NotRestoredReason, RestoredDigest } from './restore-plan.ts';

export type Judgement =
  | { readonly restored: RestoredDigest; readonly verdict: Verdict }
  | { readonly notRestored: NotRestored };

/** What several sources say of one digest: the first of these that one of them says is what counts. */
const weightiest: readonly Outcome[] = [
  'restorable',
  'already-there',
  'held-by-another',
  'ambiguous',
  'other-image',
  'unproven',
  'manifest-missing',
  'config-missing',
  'other-platform',
  'image-not-here',
  'invalid-name',
  'no-name',
  'no-digest',
];

/**
 * What comes of one digest.
 * @param verdicts of all sources about one reference; at least one
 * @param trust references that need no proof
 */
export function judge(verdicts: readonly Verdict[], trust: ReadonlySet<string>): Judgement {
  const first = weightiest
    .map((outcome) => verdicts.find((verdict) => verdict.outcome === outcome))
    .find((verdict) => verdict !== undefined) as Verdict;
  if (first.outcome === 'restorable') return agreed(first, verdicts, false);
  const isTrusted = first.reference !== undefined && trust.has(first.reference);
  const told = verdicts.find(({ outcome }) => outcome === 'unproven');
  const isThere = verdicts.some(({ outcome }) => outcome === 'already-there');
  if (!isTrusted || told === undefined || isThere) return refuse(first);
  if (told.other !== undefined) return refuse(told, 'held-by-another');
  const against = verdicts.find((verdict) => disproves(verdict, told.imageId));
  return against === undefined ? agreed(told, verdicts, true) : refuse(against);
}

/** Two manifests, or two who only say so, may name different images: then nothing is chosen. */
function agreed(verdict: Verdict, verdicts: readonly Verdict[], trusted: boolean): Judgement {
  const { outcome, reference, digest, imageId, source, detail } = verdict;
  const rivals = verdicts.filter((other) => other.outcome === outcome && other.imageId !== imageId);
  if (reference === undefined || digest === undefined || imageId === undefined || rivals.length > 0) {
    const images = [verdict, ...rivals].flatMap((one) => one.imageId ?? []);
    return refuse({ ...verdict, proven: [...new Set(images)] }, 'sources-disagree');
  }
  return { restored: { reference, digest, imageId, source, detail, trusted }, verdict };
}

/** Bytes that hash to the digest, and are the manifest of other images: no trust stands against that. */
function disproves({ outcome, proven }: Verdict, imageId: string | undefined): boolean {
  const isComplete = outcome !== 'manifest-missing';
  return isComplete && proven.length > 0 && imageId !== undefined && !proven.includes(imageId);
}

function refuse({ outcome, ...verdict }: Verdict, reason?: NotRestoredReason): Judgement {
  // Only `agreed` gets what is restorable.
  return { notRestored: { ...verdict, reason: reason ?? (outcome as NotRestoredReason) } };
}
