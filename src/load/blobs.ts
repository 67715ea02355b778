import { createHash } from 'node:crypto';
import type { RefstoreError } from '../errors.ts';
import { isDigest } from '../reference/digest.ts';
import { withArchive } from '../sources/archive/open-archive.ts';
import { readTar, TarError } from '../sources/archive/tar-reader.ts';
import { sourceFailed } from '../sources/evidence/source-failed.ts';
import { Folder } from '../system/folder.ts';
import { throwIfAborted } from '../util/abort.ts';
import type { OciContent } from './archive-content.ts';
import type { Write } from './from-writer.ts';
import { tarHeader, tarPadding } from './tar-writer.ts';

/** A blob of a layout, as it is passed. */
export interface Blob {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** The next of its bytes, at most `length`. */
  read(length: number): Promise<Uint8Array>;
}

const chunkSize = 256 * 1024;

/**
 * Shows each blob of a layout, in the order in which they lie there; what is not read is passed over.
 * @throws RefstoreError SOURCE_FAILED, READ_FAILED, ABORTED
 */
export async function eachBlob(
  content: OciContent,
  signal: AbortSignal | undefined,
  visit: (blob: Blob) => Promise<void>,
): Promise<void> {
  if (content.isFolder) await inFolder(content, signal, visit);
  else await inArchive(content, signal, visit);
}

async function inArchive(
  { path: file, source }: OciContent,
  signal: AbortSignal | undefined,
  visit: (blob: Blob) => Promise<void>,
): Promise<void> {
  await withArchive({ source, file, signal }, async ({ bytes }) => {
    try {
      for await (const entry of readTar(bytes)) {
        throwIfAborted(signal);
        const digest = digestOfName(entry.name);
        if (entry.kind !== 'file' || digest === undefined) continue;
        await visit({ digest, size: entry.size, read: entry.read });
      }
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      throw changed(source, file, `byte ${error.offset}: ${error.message}`);
    }
  });
}

function digestOfName(name: string): string | undefined {
  const blob = /^(?:\.\/+)*blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(name);
  const digest = blob === null ? '' : `${blob[1]}:${blob[2]}`;
  return isDigest(digest) ? digest : undefined;
}

async function inFolder(
  { path }: OciContent,
  signal: AbortSignal | undefined,
  visit: (blob: Blob) => Promise<void>,
): Promise<void> {
  const root = Folder.open(path);
  for (const algorithm of ['sha256', 'sha384', 'sha512']) {
    const blobs = root.folder('blobs', algorithm);
    if (!(blobs instanceof Folder)) continue;
    for (const { name, kind } of blobs.list()) {
      throwIfAborted(signal);
      const digest = `${algorithm}:${name}`;
      const file = kind === 'file' && isDigest(digest) ? blobs.open(name) : undefined;
      if (file === undefined || 'problem' in file) continue;
      let position = 0;
      const read = async (length: number) => {
        const part = file.read(position, length);
        position += part.length;
        return part;
      };
      try {
        await visit({ digest, size: file.size(), read });
      } finally {
        file.close();
      }
    }
  }
}

/**
 * Copies a blob into a tar archive and hashes it as it passes. The archive is not closed when it is the wrong one.
 * @throws RefstoreError SOURCE_FAILED
 */
export async function copyBlob(
  { digest, size, read }: Blob,
  name: string,
  { path, source }: OciContent,
  signal: AbortSignal | undefined,
  write: Write,
): Promise<void> {
  const hash = createHash(digest.slice(0, digest.indexOf(':')));
  await write(tarHeader(name, size));
  for (let left = size; left > 0; ) {
    throwIfAborted(signal);
    const part = await read(Math.min(left, chunkSize));
    if (part.length === 0) throw changed(source, path, `${digest} ended ${left} bytes early`);
    left -= part.length;
    hash.update(part);
    await write(part);
  }
  const actual = `${digest.slice(0, digest.indexOf(':'))}:${hash.digest('hex')}`;
  if (actual !== digest) throw wrongBytes(source, `${path}: ${blobName(digest)}`, actual, digest);
  await write(tarPadding(size));
}

export function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function wrongBytes(source: string, where: string, actual: string, digest: string): RefstoreError {
  return sourceFailed(source, where, `its bytes hash to ${actual}, not to ${digest}; nothing was loaded`, {
    hint: 'it was changed or is damaged: copy it again, and do not trust the rest of it',
  });
}

/** It was read once without this. */
function changed(source: string, where: string, problem: string): RefstoreError {
  return sourceFailed(source, where, `it changed while it was read: ${problem}; nothing was loaded`, {
    hint: 'is it still being written? Load it when it is whole',
  });
}
