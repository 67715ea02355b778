import type { Claim } from '../../facts/claim.ts';

/**
 * What became of a digest that a source has, on this host.
 * - `restorable`: proven, the image is here, and the store lacks the reference
 * - `already-there`: proven, and the store has it so
 * - `held-by-another`: proven, and the store has the reference at another image
 * - `ambiguous`: an index proves several images that are here, and nothing says which of them is meant
 * - `image-not-here`: none of the images that the manifests prove is on this host
 * - `other-image`: the tag is here, at another image than the manifest's
 * - `other-platform`: the source has it for other platforms than that of any image in question
 * - `manifest-missing`: the index's manifest for the platform is not in the source
 * - `config-missing`: in the containerd image store: no config at hand says whose layers the manifest is of
 * - `no-name`: the source names no repository, and the image is tagged in none here, or in several
 * - `invalid-name`: the store cannot keep a reference of this name
 * - `unproven`: the source only says so, no manifest proves it
 * - `no-digest`: the source holds the image, and cannot say by which digest a registry knows it
 */
export type Outcome =
  | 'restorable'
  | 'already-there'
  | 'held-by-another'
  | 'ambiguous'
  | 'image-not-here'
  | 'other-image'
  | 'other-platform'
  | 'manifest-missing'
  | 'config-missing'
  | 'no-name'
  | 'invalid-name'
  | 'unproven'
  | 'no-digest';

export interface DigestMatch {
  readonly outcome: Outcome;
  /** As in --from. */
  readonly source: string;
  /** Familiar `name@digest`; undefined where there is no name or no digest. */
  readonly reference: string | undefined;
  readonly digest: string | undefined;
  /** The image that is meant and here; of `unproven` and `no-digest`, the image that the source names. */
  readonly imageId: string | undefined;
  /** Familiar `name:tag` by which the source has it, if it says so. */
  readonly tag: string | undefined;
  /** The images that manifests prove for the digest. */
  readonly proven: readonly string[];
  /** Of `held-by-another`, `other-image` and `unproven`: the image that the store has there. */
  readonly other?: string;
  /** Of `no-name`: the repositories in which the image is tagged here. */
  readonly names?: readonly string[];
  /** Of `other-platform`: those that the source has it for. */
  readonly platforms?: readonly string[];
  readonly detail: string;
}

/** What a piece of evidence comes to. */
export interface MatchResult {
  readonly claims: readonly Omit<Claim, 'source'>[];
  readonly match?: Omit<DigestMatch, 'source'> | undefined;
}

/** One sentence: what is so, and where there is one, what to do about it. */
export function formatDigestMatch(match: DigestMatch): string {
  const {
    outcome,
    source,
    reference,
    digest,
    imageId,
    tag,
    proven,
    other,
    platforms = [],
    names = [],
  } = match;
  const name = reference ?? tag ?? digest ?? imageId ?? source;
  const image = short(imageId ?? proven[0]);
  switch (outcome) {
    case 'restorable':
      return `${name} is proven for the image ${image}, and missing in the store`;
    case 'already-there':
      return `${name} is already there, at the image ${image}`;
    case 'held-by-another':
      return `${name} belongs to the image ${image}, but the store has it at ${short(other)}: refstore repair moves it`;
    case 'ambiguous':
      return `${name} covers several images that are here (${proven.map(short).join(', ')}), and none of them is tagged by that name`;
    case 'image-not-here':
      return `${name}: its image is not here (${proven.map(short).join(', ') || 'no manifest tells its ID'})`;
    case 'other-image':
      return `${name}: its config is the image ${image}, but ${tag ?? 'the tag'} is the image ${short(other)} here: the tag has moved since, or the image was rebuilt`;
    case 'other-platform':
      return `${name} is there for ${platforms.join(', ') || 'other platforms'}, not for the platform of the images here`;
    case 'manifest-missing':
      return `${name} is an index, and the manifest that it names for the platform of the images here is not in the source: copy it with all of its images`;
    case 'config-missing':
      return `${name}: no config of its image is at hand, and without it nothing shows whether its layers are here: export the digest lock again (digests/v2 carries the configs), or name a source that has them`;
    case 'no-name':
      if (names.length > 0) {
        return `${name} is proven for the image ${image}, which has several names here (${names.join(', ')}), and the source does not name it: say the name with --as, or --each-name`;
      }
      return `${name} is proven for the image ${image}, which has no tag here, and the source does not name it: say the name with --as`;
    case 'invalid-name':
      return `${name}: the store can keep no reference of the name that it gets here: choose another with --map or --as`;
    case 'unproven':
      return `${name} is said to be the image ${image}, but no manifest proves it`;
    case 'no-digest':
      return `${name} is the image ${image} in ${source}, which does not know its digest in a registry`;
  }
}

function short(imageId: string | undefined): string {
  return imageId === undefined ? 'unknown' : imageId.replace(/^sha256:/, '').slice(0, 12);
}
