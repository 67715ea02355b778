import type { RefstoreError } from '../errors.ts';
import { imageEntries } from '../oci/digest-proofs.ts';
import type { ImageManifest } from '../oci/manifest.ts';
import { mayBeSamePlatform } from '../oci/platform.ts';
import type { DescribedDigest, Evidence, ProvenManifest } from '../sources/evidence/evidence.ts';
import { sourceFailed } from '../sources/evidence/source-failed.ts';

/** One image of an archive, for one platform. */
export interface ChosenImage {
  readonly describedDigest: DescribedDigest;
  readonly manifest: ProvenManifest & { readonly manifest: ImageManifest };
  /** Of its config; undefined where that says none. */
  readonly platform: string | undefined;
}

/** An index may name an index. */
const maxDepth = 2;

/**
 * The image that a described digest means on a host.
 * @param host platform of the host; of an index, its image is taken
 * @param asked --platform, which then must be the image's
 * @throws RefstoreError SOURCE_FAILED when the platform has no image, or more than one
 */
export function chooseImage(
  describedDigest: DescribedDigest,
  evidence: Evidence,
  place: string,
  { host, asked }: { readonly host: string; readonly asked: string | undefined },
): ChosenImage {
  const wanted = asked ?? host;
  const top = evidence.manifests.get(describedDigest.digest);
  const images = top === undefined ? [] : imagesOf(top, undefined, evidence, maxDepth);
  const isIndex = top?.manifest.kind === 'index';
  const fitting =
    isIndex || asked !== undefined
      ? images.filter(({ platform }) => mayBeSamePlatform(platform, wanted))
      : images;
  const exact = fitting.filter(({ platform }) => platform === wanted);
  const [one, ...more] = fitting.length > 1 && exact.length > 0 ? exact : fitting;
  if (one === undefined) throw noneFor(wanted, describedDigest, evidence, place, images);
  if (more.length > 0) throw severalFor(wanted, describedDigest, evidence, place, [one, ...more]);
  if (one.manifest === undefined) {
    throw failed(
      evidence,
      place,
      `${describedDigest.digest} names the manifest ${one.digest} for ${wanted}, and the archive does not hold it`,
      'copy the image again with all of its platforms: skopeo copy --all --preserve-digests',
    );
  }
  return { describedDigest, manifest: one.manifest, platform: one.platform };
}

interface Candidate {
  readonly digest: string;
  readonly platform: string | undefined;
  readonly manifest: ChosenImage['manifest'] | undefined;
}

function imagesOf(
  proven: ProvenManifest,
  listed: string | undefined,
  evidence: Evidence,
  depth: number,
): Candidate[] {
  const { digest, manifest } = proven;
  if (manifest.kind === 'manifest') {
    // The config is what the daemon goes by, whatever an index says of it.
    const platform = evidence.platforms.get(manifest.config) ?? listed;
    return [{ digest, platform, manifest: { ...proven, manifest } }];
  }
  if (depth === 0) return [];
  return imageEntries(manifest).flatMap((entry) => {
    const child = evidence.manifests.get(entry.digest);
    if (child !== undefined) return imagesOf(child, entry.platform, evidence, depth - 1);
    return [{ digest: entry.digest, platform: entry.platform, manifest: undefined }];
  });
}

function noneFor(
  wanted: string,
  describedDigest: DescribedDigest,
  evidence: Evidence,
  place: string,
  images: readonly Candidate[],
): RefstoreError {
  const there = platformsOf(images);
  return failed(
    evidence,
    place,
    `${describedDigest.digest} has no image for ${wanted}${there === '' ? '' : `: it is for ${there}`}`,
    there === '' ? 'copy the image again' : 'choose one of them with --platform',
  );
}

function severalFor(
  wanted: string,
  describedDigest: DescribedDigest,
  evidence: Evidence,
  place: string,
  images: readonly Candidate[],
): RefstoreError {
  return failed(
    evidence,
    place,
    `${describedDigest.digest} has ${images.length} images for ${wanted}: ${platformsOf(images)}`,
    'choose one of them with --platform OS/ARCH/VARIANT',
  );
}

function platformsOf(images: readonly Candidate[]): string {
  return [...new Set(images.map(({ platform }) => platform ?? 'an unknown platform'))].join(', ');
}

function failed({ source }: Evidence, place: string, problem: string, hint: string): RefstoreError {
  return sourceFailed(source, place, problem, { hint });
}
