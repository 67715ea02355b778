import { type Blob, hostArchitecture, makeImage, makeIndex, type TestImage } from './images.ts';
import type { Registry } from './registry.ts';
import { tar } from './tar.ts';

/** Each kind of manifest by whose digest an image can be pulled. */
export const kinds = ['schema2 manifest', 'OCI manifest', 'Docker list', 'OCI index'] as const;
export type Kind = (typeof kinds)[number];

/** An image that has a digest in a registry, and is to keep it on its way to a host. */
export interface Carried {
  readonly kind: Kind;
  readonly repository: string;
  /** `name:1.0` */
  readonly tag: string;
  /** `name@sha256:…`, of the manifest, or of the list or index. */
  readonly digest: string;
  /** That of this machine's platform; a list or index has others before it. */
  readonly image: TestImage;
  readonly images: readonly TestImage[];
  readonly top: Blob;
  /** What it prints when it runs. */
  readonly greeting: string;
}

/** Makes one under a repository of the registry, to which it still has to be pushed; or of Docker Hub, which nobody asks. */
export function makeCarried(
  kind: Kind,
  registry: Pick<Registry, 'name'> | undefined,
  folder: string,
  ballast = 0,
): Carried {
  const repository = `${folder}/${kind.toLowerCase().replaceAll(' ', '-')}`;
  const image = makeImage(repository, hostArchitecture, ballast);
  const others = isIndex(kind)
    ? ['arm64', 's390x', 'amd64'].filter((architecture) => architecture !== hostArchitecture)
    : [];
  const elsewhere = Object.fromEntries(others.map((other) => [other, makeImage(repository, other)]));
  const top = isIndex(kind)
    ? makeIndex(format(kind), { ...elsewhere, [hostArchitecture]: image })
    : image.manifests[format(kind)];
  const name = registry === undefined ? repository : `${registry.name}/${repository}`;
  return {
    kind,
    repository,
    tag: `${name}:1.0`,
    digest: `${name}@${top.digest}`,
    image,
    images: [...Object.values(elsewhere), image],
    top,
    greeting: `${repository}\n`,
  };
}

/** Uploads every platform's image, and the manifest, list or index under its tag. */
export async function pushCarried(registry: Registry, carried: Carried): Promise<void> {
  for (const image of carried.images) await registry.push(carried.repository, image, format(carried.kind));
  await registry.pushManifest(carried.repository, carried.top, '1.0');
}

/** An archive of an OCI layout with all platforms of these images, named: Docker's kinds of manifests too, which skopeo would convert. */
export function layoutArchive(all: readonly Carried[]): Buffer {
  const blobs = new Map<string, Blob>();
  for (const { kind, images, top } of all) {
    const parts = images.flatMap(({ config, layer, manifests }) => [config, layer, manifests[format(kind)]]);
    for (const part of [...parts, top]) blobs.set(part.digest, part);
  }
  const manifests = all.map(({ tag, top: { mediaType, digest, bytes } }) => ({
    mediaType,
    digest,
    size: bytes.length,
    annotations: { 'io.containerd.image.name': tag, 'org.opencontainers.image.ref.name': '1.0' },
  }));
  return tar([
    { name: 'oci-layout', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { name: 'index.json', content: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })) },
    ...[...blobs.values()].map(({ digest, bytes }) => ({
      name: `blobs/${digest.replace(':', '/')}`,
      content: bytes,
    })),
  ]);
}

/**
 * As layoutArchive of one, with a bit of the layer for this machine changed: its digest is what it was. Where the layer
 * has more than a few MiB, the daemon has much of it by the time that this can be seen.
 */
export function damagedArchive(carried: Carried): Buffer {
  const archive = layoutArchive([carried]);
  const { bytes } = carried.image.layer;
  const place = archive.indexOf(bytes) + Math.floor(bytes.length / 2);
  archive.writeUInt8(archive.readUInt8(place) ^ 1, place);
  return archive;
}

function isIndex(kind: Kind): boolean {
  return kind === 'Docker list' || kind === 'OCI index';
}

function format(kind: Kind): 'schema2' | 'oci' {
  return kind === 'schema2 manifest' || kind === 'Docker list' ? 'schema2' : 'oci';
}
