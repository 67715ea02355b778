import { createCipheriv, createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { greeter } from './greeter.ts';
import { tar } from './tar.ts';

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** An image of one small layer, with the two kinds of manifest that can describe it. */
export interface TestImage {
  /** The digest of the config, which is the image ID in the legacy store. */
  readonly id: string;
  readonly config: Blob;
  readonly layer: Blob;
  readonly manifests: { readonly schema2: Blob; readonly oci: Blob };
}

const schema2 = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
};
const oci = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  index: 'application/vnd.oci.image.index.v1+json',
};

/** This machine's architecture in the registries' words. */
export const hostArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function blob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: sha256(bytes), bytes };
}

function json(mediaType: string, value: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}

function descriptor({ digest, bytes }: Blob, mediaType: string) {
  return { mediaType, digest, size: bytes.length };
}

/**
 * Its command prints the text. The same arguments give the same image, byte for byte.
 * @param ballast bytes that no packing makes fewer
 * @param program what it runs instead
 */
export function makeImage(
  text: string,
  architecture: string = hostArchitecture,
  ballast = 0,
  program = greeter(`${text}\n`),
): TestImage {
  const files = tar([
    { name: 'message', content: program, mode: 0o755 },
    ...(ballast > 0 ? [{ name: 'ballast', content: noise(ballast) }] : []),
  ]);
  const layer = blob(oci.layer, gzipSync(files));
  const config = json(oci.config, {
    architecture,
    os: 'linux',
    created: '2024-01-01T00:00:00Z',
    config: { Cmd: ['/message'], Labels: { message: text } },
    rootfs: { type: 'layers', diff_ids: [sha256(files)] },
    history: [{ created: '2024-01-01T00:00:00Z', created_by: `made for a test: ${text}` }],
  });
  const manifest = (types: typeof oci) =>
    json(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: descriptor(config, types.config),
      layers: [descriptor(layer, types.layer)],
    });
  return { id: config.digest, config, layer, manifests: { schema2: manifest(schema2), oci: manifest(oci) } };
}

/** One more OCI manifest of an image: its annotations give it a digest of its own. */
export function annotatedManifest(image: TestImage, annotations: Readonly<Record<string, string>>): Blob {
  const plain = JSON.parse(image.manifests.oci.bytes.toString()) as object;
  return json(oci.manifest, { ...plain, annotations });
}

function noise(size: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** An OCI index or a Docker manifest list over images of several architectures. */
export function makeIndex(kind: 'oci' | 'schema2', images: Readonly<Record<string, TestImage>>): Blob {
  const types = kind === 'oci' ? oci : schema2;
  return json(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: Object.entries(images).map(([architecture, image]) => ({
      ...descriptor(image.manifests[kind], types.manifest),
      platform: { os: 'linux', architecture },
    })),
  });
}

/** What `docker load` takes: an archive that tags the image, and keeps its ID. */
export function dockerArchive(image: TestImage, tags: readonly string[]): Buffer {
  const config = `${image.id.slice('sha256:'.length)}.json`;
  const manifest = [{ Config: config, RepoTags: tags, Layers: ['layer.tar.gz'] }];
  return tar([
    { name: config, content: image.config.bytes },
    { name: 'layer.tar.gz', content: image.layer.bytes },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/** As `dockerArchive`, with the layer unpacked, as engines of any version write it: its registry blob is lost. */
export function unpackedArchive(image: TestImage, tags: readonly string[]): Buffer {
  const config = `${image.id.slice('sha256:'.length)}.json`;
  const manifest = [{ Config: config, RepoTags: tags, Layers: ['layer.tar'] }];
  return tar([
    { name: config, content: image.config.bytes },
    { name: 'layer.tar', content: gunzipSync(image.layer.bytes) },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}
