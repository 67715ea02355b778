import { compareByteOrder } from '../../repositories/byte-order.ts';
import type { Evidence, ProvenManifest } from '../evidence/evidence.ts';

/** What is written. */
export const digestLockSchemaName = 'docker-refstore/digests/v2';
/** What is read as well: it has no configs. */
export const oldLockSchemaName = 'docker-refstore/digests/v1';

/** Digests to carry to another host, with the manifests that prove them. */
export interface DigestLock {
  readonly schema: typeof digestLockSchemaName;
  readonly digests: readonly LockedDigest[];
  readonly manifests: readonly LockedManifest[];
  /** Of the images, as far as they were at hand: without its config nothing is proven in the containerd image store. */
  readonly configs: readonly LockedConfig[];
}

/** A document of either version, as it is read. */
export interface ReadableLockDocument extends Omit<DigestLock, 'schema' | 'configs'> {
  readonly schema: typeof digestLockSchemaName | typeof oldLockSchemaName;
  readonly configs?: readonly LockedConfig[] | undefined;
}

export interface LockedDigest {
  /** Familiar `name@digest`, as the store keeps it. */
  readonly reference: string;
  readonly digest: string;
  /** The image that it stands for on the host that is meant: of an index, one of those that it names. */
  readonly image: string;
  /** "linux/arm64/v8", where it is known. */
  readonly platform?: string | undefined;
  /** Familiar references of the same repository that were tags of the image. */
  readonly tags?: readonly string[] | undefined;
}

/** An OCI descriptor that carries its content (image-spec, descriptor.md: data). */
export interface LockedManifest extends LockedConfig {
  readonly mediaType: string;
}

export interface LockedConfig {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Base64. */
  readonly data: string;
}

/** A digest that is to be carried. */
export type RequestedDigest = Omit<LockedDigest, 'digest'>;

export interface MadeDigestLock {
  readonly document: DigestLock;
  /** What no manifest at hand proves. */
  readonly unproven: readonly RequestedDigest[];
  /** Digests of the document whose image's config was not at hand: the containerd image store cannot be given them. */
  readonly withoutConfig: readonly string[];
}

/** The document for these digests, as far as the evidence proves them. The same in, the same out, byte for byte. */
export function makeDigestLock(
  requestedDigests: readonly RequestedDigest[],
  evidence: readonly Evidence[],
): MadeDigestLock {
  const digests = new Map<string, LockedDigest>();
  const manifests = new Map<string, ProvenManifest>();
  const configs = new Map<string, Buffer>();
  const unproven: RequestedDigest[] = [];
  const withoutConfig: string[] = [];
  for (const requested of requestedDigests) {
    const { reference, image, platform, tags } = requested;
    const digest = reference.slice(reference.indexOf('@') + 1);
    const proof = evidence
      .map((one) => chainTo(image, digest, one.manifests))
      .find((chain) => chain !== undefined);
    if (proof === undefined) {
      unproven.push(requested);
      continue;
    }
    for (const proven of proof) manifests.set(proven.digest, proven);
    const config = evidence.map((one) => one.configs?.get(image)).find((bytes) => bytes !== undefined);
    if (config === undefined) withoutConfig.push(reference);
    else configs.set(image, config);
    const known =
      platform ?? evidence.map(({ platforms }) => platforms.get(image)).find((one) => one !== undefined);
    const locked = {
      reference,
      digest,
      image,
      ...(known && { platform: known }),
      ...(tags?.length && { tags }),
    };
    digests.set(`${reference} ${image}`, locked);
  }
  const document: DigestLock = {
    schema: digestLockSchemaName,
    digests: inOrder(digests).map(([, digest]) => digest),
    manifests: inOrder(manifests).map(
      ([
        ,
        {
          digest,
          bytes,
          manifest: { mediaType },
        },
      ]) => ({
        mediaType,
        digest,
        size: bytes.length,
        data: bytes.toString('base64'),
      }),
    ),
    configs: inOrder(configs).map(([digest, bytes]) => {
      return { digest, size: bytes.length, data: bytes.toString('base64') };
    }),
  };
  return { document, unproven, withoutConfig };
}

export function serializeDigestLock(document: DigestLock): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An index, what it names, and so on down to the manifest of the image; undefined where that is not at hand. */
export function chainTo(
  image: string,
  digest: string,
  manifests: Evidence['manifests'],
  depth = 2,
): ProvenManifest[] | undefined {
  const proven = manifests.get(digest);
  if (proven === undefined) return undefined;
  const { manifest } = proven;
  if (manifest.kind === 'manifest') return manifest.config === image ? [proven] : undefined;
  if (depth === 0) return undefined;
  for (const entry of manifest.manifests) {
    const rest = chainTo(image, entry.digest, manifests, depth - 1);
    if (rest !== undefined) return [proven, ...rest];
  }
  return undefined;
}

function inOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([left], [right]) => compareByteOrder(left, right));
}
