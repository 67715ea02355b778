import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Blob, makeImage, type TestImage } from '../e2e/support/images.ts';
import { type TarEntry, tar } from '../e2e/support/tar.ts';
import { lay, temporaryFolder } from './temporary-folder.ts';

/** An OCI layout in the making: its entries by name, so that a test can spoil one. */
export type Layout = Map<string, Buffer>;

export interface Named {
  readonly top: Blob;
  /** org.opencontainers.image.ref.name. */
  readonly name?: string;
}

export const imageX: TestImage = makeImage('x', 'amd64');
export const armX: TestImage = makeImage('x for arm', 'arm64');
export const appName = 'registry.example.com/app';

export function layout(tops: readonly Named[], blobs: readonly Blob[]): Layout {
  const manifests = tops.map(({ top, name }) => ({
    mediaType: top.mediaType,
    digest: top.digest,
    size: top.bytes.length,
    ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }));
  return new Map([
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))],
    ...[...tops.map(({ top }) => top), ...blobs].map((blob) => [blobName(blob), blob.bytes] as const),
  ]);
}

/** One image, as skopeo copies it. */
export function layoutOf(image: TestImage, name?: string, kind: 'oci' | 'schema2' = 'oci'): Layout {
  const top = image.manifests[kind];
  return layout([name === undefined ? { top } : { top, name }], [image.config, image.layer]);
}

export function makeBlob(bytes: Buffer): Blob {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, bytes };
}

export function blobName({ digest }: Pick<Blob, 'digest'>): string {
  return `blobs/${digest.replace(':', '/')}`;
}

export function entriesOf(files: Layout): TarEntry[] {
  return Array.from(files, ([name, content]) => ({ name, content }));
}

/** The layout as an archive. */
export async function archiveOf(files: Layout): Promise<string> {
  return archiveFile(tar(entriesOf(files)));
}

export async function archiveFile(bytes: Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), 'archive.tar');
  await writeFile(file, bytes);
  return file;
}

/** The layout as a folder. */
export async function folderOf(files: Layout): Promise<string> {
  const folder = await temporaryFolder();
  await lay(folder, Object.fromEntries(Array.from(files, ([name]) => [name, ''])));
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return folder;
}
