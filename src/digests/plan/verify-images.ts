import type { Evidence } from '../../sources/evidence/evidence.ts';
import { localName, type Naming } from '../../sources/evidence/naming.ts';
import type { Verified } from './verification-status.ts';

/** An image of a daemon with the containerd image store. */
export interface NamedImage {
  /** Digest of its manifest or index, which is its ID there. */
  readonly id: string;
  readonly tags: readonly string[];
  /** `name@digest`, which the daemon makes up from the ID for every name: no word of a registry. */
  readonly digests: readonly string[];
}

/**
 * The digests that a daemon with the containerd image store shows. It keeps an image by the digest of its manifest,
 * so a digest is right when it is that; what a registry has by that name, only a source knows.
 */
export function verifyImages(
  images: readonly NamedImage[],
  evidence: readonly Evidence[],
  naming: Naming = {},
): Verified[] {
  const verified = images.flatMap(({ id, tags, digests }) => {
    const shown = [...digests, ...tags.filter((tag) => tag.includes('@'))];
    return [...new Set(shown)].map((reference) => match(reference, id, evidence));
  });
  return [
    ...verified,
    ...missing(images, new Set(verified.map(({ reference }) => reference)), evidence, naming),
  ];
}

function match(reference: string, id: string, evidence: readonly Evidence[]): Verified {
  const digest = reference.slice(reference.indexOf('@') + 1);
  const shown = { reference, imageId: id };
  if (digest !== id) return { ...shown, standing: 'wrong', source: 'the daemon', proven: [digest] };
  if (evidence.length === 0) return { ...shown, standing: 'holds', source: 'the daemon', proven: [id] };
  const found = evidence.find(({ manifests }) => manifests.has(digest));
  if (found === undefined) return { ...shown, standing: 'not-provable', source: undefined, proven: [] };
  return { ...shown, standing: 'holds', source: found.source, proven: [id] };
}

/** What sources have by a tag that is here, under a digest that is not. */
function missing(
  images: readonly NamedImage[],
  shown: ReadonlySet<string>,
  evidence: readonly Evidence[],
  naming: Naming,
): Verified[] {
  const tags = new Set(images.flatMap((image) => image.tags));
  return evidence.flatMap(({ source, describedDigests }) =>
    describedDigests.flatMap(({ digest, repository, tag: given }): Verified[] => {
      const name = repository === undefined ? undefined : localName(repository, naming);
      const tag = `${name}:${given}`;
      const reference = `${name}@${digest}`;
      if (name === undefined || given === undefined || !tags.has(tag) || shown.has(reference)) return [];
      return [{ reference, standing: 'absent', imageId: undefined, source, proven: [], tag }];
    }),
  );
}
