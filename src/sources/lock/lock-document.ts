import { compareByteOrder } from '../../repositories/byte-order.ts';
import type { Evidence, ProvenManifest } from '../evidence/evidence.ts';

export const lockSchemaName = 'docker-refstore/digests/v1';

/** Digests to carry to another host, with the manifests that prove them. */
export interface LockDocument {
  readonly schema: typeof lockSchemaName;
  readonly digests: readonly LockedDigest[];
  readonly manifests: readonly LockedManifest[];
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
export interface LockedManifest {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Base64. */
  readonly data: string;
}

/** A digest that is to be carried. */
export type LockWish = Omit<LockedDigest, 'digest'>;

export interface MadeLock {
  readonly document: LockDocument;
  /** What no manifest at hand proves. */
  readonly unproven: readonly LockWish[];
}

/** The document for these digests, as far as the evidence proves them. The same in, the same out, byte for byte. */
export function makeLock(wishes: readonly LockWish[], evidence: readonly Evidence[]): MadeLock {
  const digests = new Map<string, LockedDigest>();
  const manifests = new Map<string, ProvenManifest>();
  const unproven: LockWish[] = [];
  for (const wish of wishes) {
    const { reference, image, platform, tags } = wish;
    const digest = reference.slice(reference.indexOf('@') + 1);
    const proof = evidence
      .map((one) => chainTo(image, digest, one.manifests))
      .find((chain) => chain !== undefined);
    if (proof === undefined) {
      unproven.push(wish);
      continue;
    }
    for (const proven of proof) manifests.set(proven.digest, proven);
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
  const document: LockDocument = {
    schema: lockSchemaName,
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
  };
  return { document, unproven };
}

export function serializeLock(document: LockDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An index, what it names, and so on down to the manifest of the image; undefined where that is not at hand. */
function chainTo(
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
