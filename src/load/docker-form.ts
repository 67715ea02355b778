import { isDigest } from '../reference/digest.ts';
import { mismatch } from '../sources/evidence/prove.ts';
import { sourceFailed } from '../sources/evidence/source-failed.ts';
import { type Fields, isFields, listField, parseJson } from '../util/json.ts';
import type { OciContent } from './archive-content.ts';
import { blobName, copyBlob, eachBlob } from './blobs.ts';
import type { ChosenImage } from './choose-images.ts';
import { fromWriter, type Write } from './from-writer.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-writer.ts';

/** An image as `docker load` takes it. */
export interface DockerFormImage {
  /** Digest of the config. */
  readonly imageId: string;
  readonly config: Buffer;
  /** Lowest first. */
  readonly layers: readonly Layer[];
  /** Canonical references with a tag. */
  readonly tags: readonly string[];
}

export interface Layer {
  readonly digest: string;
  /** As the manifest says; undefined where it does not. */
  readonly size: number | undefined;
}

/**
 * An image of a layout, with all that it needs.
 * @throws RefstoreError SOURCE_FAILED where the config or a layer is missing, or is no file of that digest
 */
export function dockerFormImage(
  { manifest }: ChosenImage,
  tags: readonly string[],
  { files, path, source }: OciContent,
): DockerFormImage {
  const { config: imageId } = manifest.manifest;
  const name = blobName(imageId);
  const config = files.read(name);
  const problem = 'problem' in config ? config : mismatch(config, imageId);
  if ('problem' in config || problem !== undefined) {
    throw sourceFailed(source, `${path}: ${name}`, problem?.reason ?? 'it is missing', { hint: incomplete });
  }
  const layers = layersOf(manifest.bytes);
  for (const { digest } of layers) {
    const found = isDigest(digest)
      ? files.read(blobName(digest))
      : { problem: 'wrong-kind', reason: `${JSON.stringify(digest)} is no digest` };
    if (!('problem' in found) || found.problem === 'too-large' || found.problem === 'unreadable') continue;
    throw sourceFailed(source, `${path}: ${blobName(digest)}`, `a layer of ${imageId}: ${found.reason}`, {
      hint: incomplete,
    });
  }
  return { imageId, config, layers, tags };
}

const incomplete = 'the archive is not complete, or damaged: copy the image again';

/** Of a manifest that was read and proven before; its sizes were not needed then. */
export function layersOf(bytes: Buffer): Layer[] {
  const parsed = parseJson(bytes);
  const fields: Fields = 'value' in parsed && isFields(parsed.value) ? parsed.value : {};
  return listField(fields, 'layers').map(({ digest, size }) => ({
    digest: String(digest),
    size: Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : undefined,
  }));
}

/** In bytes, of all layers, each counted once. */
export function sizeOfLayers(layers: readonly Layer[]): number {
  const sizes = new Map(layers.map(({ digest, size = 0 }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * Images of a layout as the archive that every `docker load` takes, while it flows: the config as <hex>.json,
 * manifest.json, and each layer's blob as it is (moby image/tarexport). The image ID stays the config's digest. A
 * layer that is not what its digest promises ends it before the archive is closed.
 */
export function dockerForm(
  content: OciContent,
  images: readonly DockerFormImage[],
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  return fromWriter(async (write) => {
    for (const { imageId, config } of images) await writeFile(write, configName(imageId), config);
    await writeFile(write, 'manifest.json', Buffer.from(JSON.stringify(images.map(entryOf))));
    const wanted = new Map(images.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer])));
    await eachBlob(content, signal, async (blob) => {
      const layer = wanted.get(blob.digest);
      if (layer === undefined) return;
      wanted.delete(blob.digest);
      if (layer.size !== undefined && layer.size !== blob.size) {
        throw sourceFailed(
          content.source,
          `${content.path}: ${blobName(blob.digest)}`,
          `it has ${blob.size} bytes, and its manifest says ${layer.size}; nothing was loaded`,
          { hint: incomplete },
        );
      }
      await copyBlob(blob, layerName(blob.digest), content, signal, write);
    });
    const [missing] = wanted.keys();
    if (missing !== undefined) {
      throw sourceFailed(content.source, `${content.path}: ${blobName(missing)}`, 'it is gone', {
        hint: incomplete,
      });
    }
    await write(tarEnd);
  });
}

export async function writeFile(write: Write, name: string, bytes: Uint8Array): Promise<void> {
  await write(tarHeader(name, bytes.length));
  await write(bytes);
  await write(tarPadding(bytes.length));
}

function entryOf({ imageId, layers, tags }: DockerFormImage) {
  return {
    Config: configName(imageId),
    RepoTags: tags,
    Layers: layers.map(({ digest }) => layerName(digest)),
  };
}

function configName(imageId: string): string {
  return `${hexOf(imageId)}.json`;
}

function layerName(digest: string): string {
  return `${hexOf(digest)}.tar`;
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
