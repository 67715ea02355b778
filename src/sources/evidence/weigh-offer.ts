import type { Claim } from '../../check/claim.ts';
import { provenImages } from '../../dataroot/digest-proofs.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { Evidence, Offer } from './evidence.ts';
import type { Here } from './here.ts';
import { type Naming, nameHere } from './naming.ts';
import type { Outcome } from './verdict.ts';
import type { Finding } from './weigh.ts';
import { type Absence, whyAbsent } from './why-absent.ts';

/** An offer, with what its manifests prove. */
interface Weight {
  readonly offer: Offer;
  readonly evidence: Evidence;
  readonly here: Here;
  /** Images that the digest stands for, as far as manifests are at hand. */
  readonly proven: readonly string[];
  /** Those of them that are here. */
  readonly found: readonly string[];
}

/** What a digest that a source offers comes to, once for each name that it gets here. */
export function weighOffer(offer: Offer, evidence: Evidence, here: Here, naming: Naming): Finding[] {
  const manifest = evidence.manifests.get(offer.digest)?.manifest;
  if (manifest === undefined) return [];
  const proven = provenImages(manifest, evidence.manifests);
  const found = proven.filter((imageId) => here.images.has(imageId));
  const weight: Weight = { offer, evidence, here, proven, found };
  const given = offer.repository ?? naming.as;
  if (given === undefined) return withoutName(weight, naming);
  const name = nameHere(given, naming);
  return [name === undefined ? say(weight, undefined, { outcome: 'invalid-name' }) : underName(name, weight)];
}

/** Under each name by which the image is tagged here. */
function withoutName(weight: Weight, { eachName = true }: Naming): Finding[] {
  const { offer, evidence, here, found } = weight;
  if (found.length === 0) return [say(weight, undefined, whyAbsent(offer, evidence, here, undefined))];
  return found.flatMap((imageId) => {
    const names = namesOf(imageId, here);
    if (names.length === 0 || (names.length > 1 && !eachName)) {
      return [say(weight, undefined, { outcome: 'no-name', imageId, names })];
    }
    return names.map((name) => underName(name, { ...weight, found: [imageId] }));
  });
}

function underName(name: string, weight: Weight): Finding {
  const { offer, evidence, here, found } = weight;
  const reference = `${name}@${offer.digest}`;
  if (keyProblem(reference) !== undefined) return say(weight, undefined, { outcome: 'invalid-name' });
  const tag = offer.tag === undefined ? undefined : `${name}:${offer.tag}`;
  if (found.length === 0) return say(weight, name, whyAbsent(offer, evidence, here, tag));

  const held = here.repositories.find(reference);
  const imageId = choose(name, weight, held);
  const { detail } = offer;
  const claim = (one: string): Finding['claims'][number] => ({
    reference,
    imageId: one,
    proof: 'digest',
    detail,
  });
  if (imageId === undefined) {
    return { ...say({ ...weight, proven: found }, name, { outcome: 'ambiguous' }), claims: found.map(claim) };
  }
  const claims = [claim(imageId), ...tagClaim(tag, imageId, weight)];
  if (held === undefined) return { ...say(weight, name, { outcome: 'restorable', imageId }), claims };
  if (held === imageId) return { ...say(weight, name, { outcome: 'already-there', imageId }), claims };
  return { ...say(weight, name, { outcome: 'held-by-another', imageId, other: held }), claims };
}

/** Which of the proven images that are here is meant: an index may prove several. */
function choose(name: string, { offer, here, found }: Weight, held: string | undefined): string | undefined {
  return (
    only(found) ??
    found.find((imageId) => imageId === held) ??
    only(found.filter((imageId) => offer.images?.includes(imageId))) ??
    only(found.filter((imageId) => namesOf(imageId, here).includes(name)))
  );
}

function tagClaim(
  tag: string | undefined,
  imageId: string,
  { offer: { detail }, evidence: { tagProof: proof } }: Weight,
): Omit<Claim, 'source'>[] {
  if (tag === undefined || keyProblem(tag) !== undefined) return [];
  return [{ reference: tag, imageId, proof, detail }];
}

/** The names of the repositories in which an image has a tag. */
function namesOf(imageId: string, { repositories }: Here): string[] {
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

function say({ offer, proven }: Weight, name: string | undefined, said: Said): Finding {
  const { digest, detail } = offer;
  const reference = name === undefined ? undefined : `${name}@${digest}`;
  const tag = name === undefined || offer.tag === undefined ? undefined : `${name}:${offer.tag}`;
  return { claims: [], verdict: { reference, digest, imageId: undefined, tag, proven, detail, ...said } };
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
