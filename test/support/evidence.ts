import { parseManifest } from '../../src/oci/manifest.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import type { SourceContext } from '../../src/sources/claim-source.ts';
import type { DescribedDigest, Evidence, ProvenManifest } from '../../src/sources/evidence/evidence.ts';
import { type EvidenceSource, isEvidenceSource } from '../../src/sources/evidence/evidence-source.ts';
import type { LocalImages } from '../../src/sources/evidence/local-images.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import type { Blob, TestImage } from '../e2e/support/images.ts';
import { digestOf, ociIndex } from './data-root.ts';

/** A host with these images, and these references (`name:tag` or `name@digest`) to them. */
export function hereWith(
  images: readonly (TestImage | string)[],
  references: Readonly<Record<string, TestImage | string>> = {},
  platform = 'linux/amd64',
): LocalImages {
  const entries = Object.entries(references).map(([reference, image]) => ({
    repository: reference.replace(/(?:@.*|:[^/]*)$/, ''),
    reference,
    imageId: idOf(image),
  }));
  return {
    images: new Map(images.map((image) => [idOf(image), platformIn(image) ?? platform])),
    repositories: Repositories.fromEntries(entries),
  };
}

export function idOf(image: TestImage | string): string {
  return typeof image === 'string' ? image : image.id;
}

function platformIn(image: TestImage | string): string | undefined {
  if (typeof image === 'string') return undefined;
  const { os, architecture } = JSON.parse(image.config.bytes.toString('utf8'));
  return `${os}/${architecture}`;
}

/** A manifest made by hand. */
export function blobOf(value: object, mediaType = ociIndex): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { mediaType, bytes, digest: digestOf(bytes) };
}

export function proven({ bytes, digest }: Blob): ProvenManifest {
  const manifest = parseManifest(bytes);
  if ('problem' in manifest) throw new Error(manifest.reason);
  return { digest, bytes, manifest };
}

/** Evidence of these manifests, of which the offers name some. */
export function evidenceOf(
  blobs: readonly Blob[],
  describedDigests: readonly (Partial<DescribedDigest> & { digest: string })[],
  more: Partial<Evidence> = {},
): Evidence {
  return {
    source: 'test:',
    manifests: new Map(blobs.map((blob) => [blob.digest, proven(blob)])),
    describedDigests: describedDigests.map((describedDigest) => ({
      repository: undefined,
      detail: 'a test',
      ...describedDigest,
    })),
    unverified: [],
    withoutDigest: [],
    tagProof: 'file',
    platforms: new Map(),
    problems: [],
    ...more,
  };
}

/** A context in which a source finds what is here without a data root. */
export function contextWith(
  local: LocalImages = hereWith([]),
  more: Partial<SourceContext> = {},
): SourceContext {
  return { location: { dataRoot: undefined, driver: undefined, file: '/nonexistent' }, local, ...more };
}

export function openEvidence(spec: string): EvidenceSource {
  const source = parseSource(spec);
  if (!isEvidenceSource(source)) throw new Error(`${spec} has no evidence`);
  return source;
}
