import type { DigestMatch, Outcome } from '../../sources/evidence/digest-match.ts';

/** A digest that the patch adds. */
export interface RestoredDigest {
  /** Familiar `name@digest`. */
  readonly reference: string;
  readonly digest: string;
  readonly imageId: string;
  /** As in --from. */
  readonly source: string;
  readonly detail: string;
  /** No manifest proves it: it was said to be trusted. */
  readonly trusted: boolean;
}

export type NotRestoredReason =
  | Exclude<Outcome, 'restorable'>
  | 'untagged'
  | 'sources-disagree'
  /** The containerd image store took it, and no container could be created from it; `detail` says why. */
  | 'not-runnable'
  /** The same, and a tag of its repository would have gone with it. */
  | 'not-runnable-left';

/** A digest, or an image, of a source for which nothing is added, and why. */
export interface NotRestored extends Omit<DigestMatch, 'outcome'> {
  readonly reason: NotRestoredReason;
}

export type DigestDecision =
  | { readonly restored: RestoredDigest; readonly match: DigestMatch }
  | { readonly notRestored: NotRestored };

/** What several sources say of one digest: the first of these that one of them says is what counts. */
const precedence: readonly Outcome[] = [
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
 * @param matches of all sources about one reference; at least one
 * @param trust references that need no proof
 */
export function decideDigest(matches: readonly DigestMatch[], trust: ReadonlySet<string>): DigestDecision {
  const first = precedence
    .map((outcome) => matches.find((match) => match.outcome === outcome))
    .find((match) => match !== undefined) as DigestMatch;
  if (first.outcome === 'restorable') return agreed(first, matches, false);
  const isTrusted = first.reference !== undefined && trust.has(first.reference);
  const told = matches.find(({ outcome }) => outcome === 'unproven');
  const isThere = matches.some(({ outcome }) => outcome === 'already-there');
  if (!isTrusted || told === undefined || isThere) return refuse(first);
  if (told.other !== undefined) return refuse(told, 'held-by-another');
  const against = matches.find((match) => disproves(match, told.imageId));
  return against === undefined ? agreed(told, matches, true) : refuse(against);
}

/** Two manifests, or two who only say so, may name different images: then nothing is chosen. */
function agreed(match: DigestMatch, matches: readonly DigestMatch[], trusted: boolean): DigestDecision {
  const { outcome, reference, digest, imageId, source, detail } = match;
  const conflicting = matches.filter((other) => other.outcome === outcome && other.imageId !== imageId);
  if (reference === undefined || digest === undefined || imageId === undefined || conflicting.length > 0) {
    const images = [match, ...conflicting].flatMap((one) => one.imageId ?? []);
    return refuse({ ...match, proven: [...new Set(images)] }, 'sources-disagree');
  }
  return { restored: { reference, digest, imageId, source, detail, trusted }, match };
}

/** Bytes that hash to the digest, and are the manifest of other images: no trust stands against that. */
function disproves({ outcome, proven }: DigestMatch, imageId: string | undefined): boolean {
  const isComplete = outcome !== 'manifest-missing';
  return isComplete && proven.length > 0 && imageId !== undefined && !proven.includes(imageId);
}

function refuse({ outcome, ...match }: DigestMatch, reason?: NotRestoredReason): DigestDecision {
  // Only `agreed` gets what is restorable.
  return { notRestored: { ...match, reason: reason ?? (outcome as NotRestoredReason) } };
}
