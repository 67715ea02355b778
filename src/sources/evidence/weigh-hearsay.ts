import { isImageId } from '../../reference/digest.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, tagNameOnly } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { Hearsay, Undigested } from './evidence.ts';
import type { Here } from './here.ts';
import { type Naming, nameHere } from './naming.ts';
import type { Verdict } from './verdict.ts';
import type { Finding } from './weigh.ts';

/** What a source only tells of: a claim that proves nothing, and of a digest the word that it is unproven. */
export function weighHearsay(hearsay: Hearsay, here: Here, naming: Naming): Finding[] {
  const { imageId, detail } = hearsay;
  const reference = referenceHere(hearsay.reference, naming);
  if (reference === undefined || !isImageId(imageId)) return [];
  const isHere = here.images.has(imageId);
  const claims: Finding['claims'] = isHere ? [{ reference, imageId, proof: 'file', detail }] : [];
  const digest = tryParseNormalizedNamed(reference)?.digest;
  if (digest === undefined) return [{ claims }];
  const said: Omit<Verdict, 'source' | 'outcome'> = {
    reference,
    digest,
    imageId,
    tag: undefined,
    proven: [],
    detail,
  };
  if (!isHere) return [{ claims, verdict: { ...said, outcome: 'image-not-here' } }];
  const held = here.repositories.find(reference);
  if (held === imageId) return [{ claims, verdict: { ...said, outcome: 'already-there' } }];
  return [
    { claims, verdict: { ...said, outcome: 'unproven', ...(held === undefined ? {} : { other: held }) } },
  ];
}

export function weighUndigested({ imageId, tags, detail }: Undigested, here: Here, naming: Naming): Finding {
  const references = tags.flatMap((tag) => referenceHere(tag, naming) ?? []);
  const isHere = here.images.has(imageId);
  return {
    claims: isHere ? references.map((reference) => ({ reference, imageId, proof: 'file', detail })) : [],
    verdict: {
      outcome: isHere ? 'no-digest' : 'image-not-here',
      reference: undefined,
      digest: undefined,
      imageId,
      tag: references[0],
      proven: [],
      detail,
    },
  };
}

/** A reference of a source as it is called here; undefined where the store could not keep it. */
function referenceHere(given: string, naming: Naming): string | undefined {
  const parsed = tryParseNormalizedNamed(given);
  const name = parsed === undefined ? undefined : nameHere(familiarName(parsed), naming);
  if (parsed === undefined || name === undefined) return undefined;
  const reference =
    parsed.digest === undefined ? `${name}:${tagNameOnly(parsed).tag}` : `${name}@${parsed.digest}`;
  return keyProblem(reference) === undefined ? reference : undefined;
}
