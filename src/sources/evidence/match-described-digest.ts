import type { Claim } from '../../facts/claim.ts';
import { provenImages } from '../../oci/digest-proofs.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { MatchResult, Outcome } from './digest-match.ts';
import type { DescribedDigest, Evidence } from './evidence.ts';
import type { LocalImages } from './local-images.ts';

import { localName, type Naming } from './naming.ts';
import { type Absence, whyAbsent } from './why-absent.ts';

/** A described digest, with what its manifests prove. */
interface Candidate {
  readonly describedDigest: DescribedDigest;
  readonly evidence: Evidence;
  readonly local: LocalImages;
  /** Images that the digest stands for, as far as manifests are at hand. */
  readonly proven: readonly string[];
  /** Those of them that are here. */
  readonly found: readonly string[];
}

/** Matches a digest that a source describes with the images on this host, once for each name that it gets here. */
export function matchDescribedDigest(
  describedDigest: DescribedDigest,
  evidence: Evidence,
  local: LocalImages,
  naming: Naming,
): MatchResult[] {
  const manifest = evidence.manifests.get(describedDigest.digest)?.manifest;
  if (manifest === undefined) return [];
  const proven = provenImages(manifest, evidence.manifests);
  const found = proven.filter((imageId) => local.images.has(imageId));
  const candidate: Candidate = { describedDigest, evidence, local, proven, found };
  const given = describedDigest.repository ?? naming.as;
  if (given === undefined) return withoutName(candidate, naming);
  const name = localName(given, naming);
  return [
    name === undefined ? say(candidate, undefined, { outcome: 'invalid-name' }) : underName(name, candidate),
  ];
}

/** Under each name by which the image is tagged here. */
function withoutName(candidate: Candidate, { eachName = true }: Naming): MatchResult[] {
  const { describedDigest, evidence, local, found } = candidate;
  if (found.length === 0)
    return [say(candidate, undefined, whyAbsent(describedDigest, evidence, local, undefined))];
  return found.flatMap((imageId) => {
    const names = namesOf(imageId, local);
    if (names.length === 0 || (names.length > 1 && !eachName)) {
      return [say(candidate, undefined, { outcome: 'no-name', imageId, names })];
    }
    return names.map((name) => underName(name, { ...candidate, found: [imageId] }));
  });
}

function underName(name: string, candidate: Candidate): MatchResult {
  const { describedDigest, evidence, local, found } = candidate;
  const reference = `${name}@${describedDigest.digest}`;
  if (keyProblem(reference) !== undefined) return say(candidate, undefined, { outcome: 'invalid-name' });
  const tag = describedDigest.tag === undefined ? undefined : `${name}:${describedDigest.tag}`;
  if (found.length === 0) return say(candidate, name, whyAbsent(describedDigest, evidence, local, tag));

  const held = local.repositories.find(reference);
  const imageId = choose(name, candidate, held);
  const { detail } = describedDigest;
  const claim = (one: string): MatchResult['claims'][number] => ({
    reference,
    imageId: one,
    proof: 'digest',
    detail,
  });
  if (imageId === undefined) {
    return {
      ...say({ ...candidate, proven: found }, name, { outcome: 'ambiguous' }),
      claims: found.map(claim),
    };
  }
  const claims = [claim(imageId), ...tagClaim(tag, imageId, candidate)];
  if (held === undefined) return { ...say(candidate, name, { outcome: 'restorable', imageId }), claims };
  if (held === imageId) return { ...say(candidate, name, { outcome: 'already-there', imageId }), claims };
  return { ...say(candidate, name, { outcome: 'held-by-another', imageId, other: held }), claims };
}

/** Which of the proven images that are here is meant: an index may prove several. */
function choose(
  name: string,
  { describedDigest, local, found }: Candidate,
  held: string | undefined,
): string | undefined {
  return (
    only(found) ??
    found.find((imageId) => imageId === held) ??
    only(found.filter((imageId) => describedDigest.images?.includes(imageId))) ??
    only(found.filter((imageId) => namesOf(imageId, local).includes(name)))
  );
}

function tagClaim(
  tag: string | undefined,
  imageId: string,
  { describedDigest: { detail }, evidence: { tagProof: proof } }: Candidate,
): Omit<Claim, 'source'>[] {
  if (tag === undefined || keyProblem(tag) !== undefined) return [];
  return [{ reference: tag, imageId, proof, detail }];
}

/** The names of the repositories in which an image has a tag. */
function namesOf(imageId: string, { repositories }: LocalImages): string[] {
  const names = repositories.references(imageId).flatMap((full) => {
    const reference = tryParseNormalizedNamed(full);
    return reference?.tag === undefined ? [] : [familiarName(reference)];
  });
  return [...new Set(names)];
}

interface Said extends Omit<Absence, 'outcome'> {
  readonly outcome: Outcome;
  readonly imageId?: string;
  readonly names?: readonly string[];
}

function say({ describedDigest, proven }: Candidate, name: string | undefined, said: Said): MatchResult {
  const { digest, detail } = describedDigest;
  const reference = name === undefined ? undefined : `${name}@${digest}`;
  const tag =
    name === undefined || describedDigest.tag === undefined ? undefined : `${name}:${describedDigest.tag}`;
  return { claims: [], match: { reference, digest, imageId: undefined, tag, proven, detail, ...said } };
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
