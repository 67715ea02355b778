import { readEntry } from '../../check/stored-entry.ts';
import { provenImages } from '../../oci/digest-proofs.ts';
import { mayBeSamePlatform } from '../../oci/platform.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { LocalImages } from '../evidence/local-images.ts';
import type { RequestedDigest } from './digest-lock.ts';

/** Every digest that a store has, with the tags of its repository at the same image. */
export function requestedDigestsOfStore({ repositories, images }: LocalImages): RequestedDigest[] {
  const requestedDigests: RequestedDigest[] = [];
  for (const entry of repositories.entries()) {
    const { form, parsed } = readEntry(entry);
    const { repository, reference, imageId: image } = entry;
    if (form !== 'valid' || parsed?.digest === undefined || !images.has(image)) continue;
    const tags = repositories.referencesByName(repository).flatMap((other) => {
      const tag = other.imageId === image ? tryParseNormalizedNamed(other.reference) : undefined;
      return tag?.tag === undefined ? [] : familiarString(tag);
    });
    requestedDigests.push({ reference, image, platform: images.get(image), tags });
  }
  return requestedDigests;
}

/**
 * Every digest that a source has under a name, whatever is on this host.
 * @param platform only images of this one: an index has others too
 */
export function requestedDigestsOfEvidence(evidence: Evidence, platform?: string): RequestedDigest[] {
  const { describedDigests, manifests, platforms } = evidence;
  return describedDigests.flatMap(({ digest, repository, tag }) => {
    const manifest = manifests.get(digest)?.manifest;
    const reference = `${repository}@${digest}`;
    if (manifest === undefined || repository === undefined || keyProblem(reference) !== undefined) return [];
    return provenImages(manifest, manifests)
      .filter((image) => platform === undefined || mayBeSamePlatform(platform, platformOf(image, evidence)))
      .map((image) => ({
        reference,
        image,
        platform: platforms.get(image) ?? platformOf(image, evidence),
        ...(tag === undefined ? {} : { tags: [`${repository}:${tag}`] }),
      }));
  });
}

/** As its config says, else as an index that names its manifest says. */
function platformOf(image: string, { manifests, platforms }: Evidence): string | undefined {
  const known = platforms.get(image);
  if (known !== undefined) return known;
  for (const { manifest } of manifests.values()) {
    if (manifest.kind === 'manifest') continue;
    for (const { digest, platform } of manifest.manifests) {
      const child = manifests.get(digest)?.manifest;
      if (platform !== undefined && child?.kind === 'manifest' && child.config === image) return platform;
    }
  }
  return undefined;
}
