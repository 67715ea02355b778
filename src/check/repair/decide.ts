import type { Claim, Proof } from '../../facts/claim.ts';

export type Decision =
  | { readonly kind: 'decided'; readonly imageId: string; readonly claim: Claim }
  /** Equally strong claims name different images. */
  | { readonly kind: 'conflict'; readonly claims: readonly Claim[] }
  /** What there is does not prove a digest. */
  | { readonly kind: 'unproven'; readonly claims: readonly Claim[] };

/** What is good enough for a digest, which is a promise: bytes that hash to it, or that the daemon kept it so. */
const provesDigest: ReadonlySet<Proof> = new Set<Proof>(['digest', 'memory', 'container', 'backup']);

/**
 * Which image a reference belongs to, by the claims for it. Bytes that hash to a digest overrule all else, and so
 * does the memory of the daemon for a tag; everything else only counts where it is of one mind. Nothing is ever
 * chosen because it came first or is newer.
 */
export function decide(
  isDigest: boolean,
  claims: readonly Claim[],
  answer: string | undefined,
): Decision | undefined {
  const usable = isDigest ? claims.filter((claim) => provesDigest.has(claim.proof)) : claims;
  if (usable.length === 0) return claims.length === 0 ? undefined : { kind: 'unproven', claims };
  const heaviest =
    precedence(isDigest ? 'digest' : 'memory', usable) ?? precedence('memory', usable) ?? usable;
  const decided = only(heaviest) ?? only(seconded(heaviest, usable)) ?? answered(heaviest, answer);
  if (decided === undefined) return { kind: 'conflict', claims: heaviest };
  return { kind: 'decided', imageId: decided.imageId, claim: decided };
}

function precedence(proof: Proof, claims: readonly Claim[]): readonly Claim[] | undefined {
  const found = claims.filter((claim) => claim.proof === proof);
  return found.length === 0 ? undefined : found;
}

/** The claim, where all of them name one image. */
function only(claims: readonly Claim[]): Claim | undefined {
  const [first] = claims;
  return claims.every((claim) => claim.imageId === first?.imageId) ? first : undefined;
}

/** An index proves several images: those of them that another claim names as well. */
function seconded(heaviest: readonly Claim[], all: readonly Claim[]): readonly Claim[] {
  const others = new Set(all.filter((claim) => !heaviest.includes(claim)).map((claim) => claim.imageId));
  return heaviest.filter((claim) => others.has(claim.imageId));
}

function answered(claims: readonly Claim[], answer: string | undefined): Claim | undefined {
  return claims.find((claim) => claim.imageId === answer);
}
