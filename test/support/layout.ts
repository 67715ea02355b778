import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Blob, TestImage } from '../e2e/support/images.ts';
import { type TarEntry, tar } from '../e2e/support/tar.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Files by name. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

export interface LayoutEntry {
  readonly manifest: Blob;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const refName = (name: string) => ({ 'org.opencontainers.image.ref.name': name });

/** What of an image is in a layout: its config, layer and OCI manifest. */
export function partsOf({ config, layer, manifests }: TestImage): Blob[] {
  return [config, layer, manifests.oci];
}

/** An OCI image layout of these entries, with these blobs. */
export function layout(
  entries: readonly LayoutEntry[],
  blobs: readonly Blob[],
): Record<string, Uint8Array | string> {
  const descriptors = entries.map(({ manifest: { mediaType, digest, bytes }, annotations }) => ({
    mediaType,
    digest,
    size: bytes.length,
    ...(annotations && { annotations }),
  }));
  return {
    ...Object.fromEntries(blobs.map(({ digest, bytes }) => [blobName(digest), bytes])),
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: descriptors }),
  };
}

export function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Writes files into a folder that is removed when the test is over. */
export async function writeFolder(files: Files): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export function tarOf(files: Files): Buffer {
  return tar(
    Object.entries(files).map(([name, content]): TarEntry => ({ name, content: Buffer.from(content) })),
  );
}

/** Writes an archive that is removed when the test is over. */
export async function writeArchive(bytes: Uint8Array, name = 'image.tar'): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, bytes);
  return file;
}
