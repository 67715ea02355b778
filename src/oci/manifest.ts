import { fieldsField, isFields, listField, parseJson, stringField } from '../util/json.ts';
import type { ReadFailure } from '../util/read-failure.ts';

/** Bytes. What pulls accept is about this (moby v28.5.2 vendors containerd's core/remotes/docker, MaxManifestSize). */
export const manifestLimit = 4 << 20;

/** An image manifest: Docker's schema 2 or the OCI image spec's. */
export interface ImageManifest {
  readonly kind: 'manifest';
  /** As it says itself; the OCI type where it says none, as only OCI's may. */
  readonly mediaType: string;
  /** Digest of the config, which is the image's ID. */
  readonly config: string;
  /** Digests of the layers as they are in the registry, lowest first. */
  readonly layers: readonly string[];
}

/** Docker's manifest list, or the OCI image spec's index. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly IndexEntry[];
}

export interface IndexEntry {
  readonly digest: string;
  /** "linux/arm64/v8"; undefined where it is not said. */
  readonly platform: string | undefined;
  /** Build records beside the images, which nobody runs (BuildKit's attestation manifests). */
  readonly isAttestation: boolean;
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const manifestTypes = new Set(['application/vnd.docker.distribution.manifest.v2+json', ociManifest]);
const indexTypes = new Set(['application/vnd.docker.distribution.manifest.list.v2+json', ociIndex]);

/** Every kind of manifest that is read here, as a registry is asked for it. */
export const manifestMediaTypes: readonly string[] = [...manifestTypes, ...indexTypes];

/**
 * What a manifest's bytes say. What could be read as either kind is refused, as the daemon refuses it
 * (moby v28.5.2 distribution/manifest.go, detectManifestBlobMediaType). The caller has compared bytes and digest.
 */
export function parseManifest(bytes: Buffer): ImageManifest | ImageIndex | ReadFailure {
  const parsed = parseJson(bytes);
  if ('problem' in parsed) return parsed;
  if (!isFields(parsed.value)) return none('it does not hold a JSON object');
  const fields = parsed.value;
  const mediaType = stringField(fields, 'mediaType') ?? '';
  const isIndex = fields['manifests'] !== undefined;
  if (isIndex && (fields['config'] ?? fields['layers'] ?? fields['fsLayers']) !== undefined) {
    return none('it is both a manifest and an index');
  }
  if (!(isIndex ? indexTypes : manifestTypes).has(mediaType) && mediaType !== '') {
    const reason = `its media type is ${JSON.stringify(mediaType.slice(0, 100))}`;
    return { problem: 'wrong-kind', reason };
  }
  if (isIndex) {
    const manifests = listField(fields, 'manifests').flatMap(entryOf);
    return { kind: 'index', mediaType: mediaType || ociIndex, manifests };
  }

  const config = stringField(fieldsField(fields, 'config') ?? {}, 'digest');
  if (config === undefined) return none('it names no config');
  const layers = listField(fields, 'layers').flatMap((layer) => stringField(layer, 'digest') ?? []);
  return { kind: 'manifest', mediaType: mediaType || ociManifest, config, layers };
}

function entryOf(fields: Readonly<Record<string, unknown>>): IndexEntry[] {
  const digest = stringField(fields, 'digest');
  if (digest === undefined) return [];
  const platform = fieldsField(fields, 'platform') ?? {};
  const parts = ['os', 'architecture', 'variant'].map((name) => stringField(platform, name));
  const annotations = fieldsField(fields, 'annotations') ?? {};
  const referenceType = stringField(annotations, 'vnd.docker.reference.type');
  return [
    {
      digest,
      platform: parts[0] === undefined ? undefined : parts.filter((part) => part !== undefined).join('/'),
      isAttestation: referenceType === 'attestation-manifest',
    },
  ];
}

function none(reason: string): ReadFailure {
  return { problem: 'unreadable', reason };
}
