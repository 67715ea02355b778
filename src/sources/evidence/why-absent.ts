import { imageEntries } from '../../oci/digest-proofs.ts';
import { mayBeSamePlatform } from '../../oci/platform.ts';
import type { DescribedDigest, Evidence } from './evidence.ts';
import type { LocalImages } from './local-images.ts';

export interface Absence {
  readonly outcome: 'image-not-here' | 'other-image' | 'other-platform' | 'manifest-missing';
  readonly other?: string;
  readonly platforms?: readonly string[];
}

/**
 * Why none of the images that a digest stands for is here.
 * @param tag by which the source has it, as it is called here: the image that has it here is the one in question
 */
export function whyAbsent(
  { digest }: DescribedDigest,
  evidence: Evidence,
  local: LocalImages,
  tag: string | undefined,
): Absence {
  const tagged = tag === undefined ? undefined : local.repositories.find(tag);
  const other = tagged !== undefined && local.images.has(tagged) ? tagged : undefined;
  const wanted = new Set(other === undefined ? local.images.values() : [local.images.get(other)]);
  const parts = partsOf(digest, evidence);
  const candidates = parts.filter(({ platform }) =>
    [...wanted].some((one) => mayBeSamePlatform(one, platform)),
  );
  if (parts.length > 0 && wanted.size > 0 && candidates.length === 0) {
    const platforms = [...new Set(parts.flatMap(({ platform }) => platform ?? []))];
    return { outcome: 'other-platform', platforms };
  }
  if (candidates.some(({ isAtHand }) => !isAtHand)) return { outcome: 'manifest-missing' };
  return other === undefined ? { outcome: 'image-not-here' } : { outcome: 'other-image', other };
}

interface Part {
  readonly platform: string | undefined;
  readonly isAtHand: boolean;
}

/** The manifests that a digest stands for: itself, or what an index names. */
function partsOf(digest: string, { manifests, platforms }: Evidence): Part[] {
  const manifest = manifests.get(digest)?.manifest;
  if (manifest === undefined) return [];
  if (manifest.kind === 'manifest') return [{ platform: platforms.get(manifest.config), isAtHand: true }];
  return imageEntries(manifest).map((entry) => ({
    platform: entry.platform,
    isAtHand: manifests.has(entry.digest),
  }));
}
