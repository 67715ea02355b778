import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { RefstoreError } from '../../errors.ts';
import { kindOf, readFailed } from '../../system/regular-file.ts';
import { beyondLimit, sourceFailed } from '../evidence/source-failed.ts';
import { type ByteSource, FileBytes, StreamBytes } from './byte-source.ts';

export interface ArchiveOptions {
  /** As in --from. */
  readonly source: string;
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedArchive {
  /** The tar archive, unpacked where it was packed. */
  readonly bytes: ByteSource;
  /** How it is packed; undefined for a plain tar archive. */
  readonly packing: 'gzip' | 'zstd' | undefined;
}

/** Layers of zeros are packed a thousandfold, whole images never. */
const maxRatio = 200;
/** Below this no ratio is looked at, in bytes. */
const harmless = 1 << 30;

/**
 * Opens an archive for the time of some work: a plain tar file, or one packed with gzip or zstd, told by its first
 * bytes. Nothing is held in memory but a few blocks.
 * @throws RefstoreError READ_FAILED, NOT_A_REGULAR_FILE, SOURCE_FAILED, LIMIT_EXCEEDED, ABORTED
 */
export async function withArchive<T>(
  options: ArchiveOptions,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  const { file } = options;
  const handle = await openRegular(file);
  try {
    const { size } = await handle.stat();
    const packing = packingOf((await handle.read(Buffer.alloc(4), 0, 4, 0)).buffer);
    if (packing === undefined) return await work({ bytes: new FileBytes(handle, size), packing });
    return await unpacked(handle, size, packing, options, work);
  } catch (error) {
    if (error instanceof RefstoreError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw readFailed(file, error as NodeJS.ErrnoException);
  } finally {
    await handle.close();
  }
}

async function openRegular(file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a fifo must not wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw readFailed(file, error as NodeJS.ErrnoException);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  throw new RefstoreError('NOT_A_REGULAR_FILE', `${file} is ${kindOf(stat)}, not a regular file`, {
    hint: stat.isDirectory()
      ? 'an image in a folder is read with oci: or dir:'
      : 'copy the archive into a file',
    details: { path: file, kind: kindOf(stat) },
  });
}

function packingOf(start: Buffer): OpenedArchive['packing'] {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  return start.readUInt32BE(0) === 0x28b52ffd ? 'zstd' : undefined;
}

async function unpacked<T>(
  handle: FileHandle,
  size: number,
  packing: 'gzip' | 'zstd',
  options: ArchiveOptions,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  const { source, file, signal } = options;
  const unpack = unpackerFor(packing, options);
  const packed = createReadStream('', { fd: handle, autoClose: false, start: 0, highWaterMark: 256 * 1024 });
  // What goes wrong comes out of `unpack`, where it is awaited.
  pipeline(packed, unpack, () => undefined);
  async function* chunks(): AsyncGenerator<Buffer, void> {
    let total = 0;
    for await (const chunk of unpack as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > harmless && total > size * maxRatio) {
        const problem = `its ${size} bytes unpack to more than ${maxRatio} times as much (${packing})`;
        throw beyondLimit(source, file, problem, { size, ratio: maxRatio });
      }
      if (signal?.aborted) throw new RefstoreError('ABORTED', 'interrupted', { cause: signal.reason });
      yield chunk;
    }
  }
  try {
    return await work({ bytes: new StreamBytes(chunks()), packing });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!/^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(code)) throw error;
    throw sourceFailed(source, file, `it cannot be unpacked (${packing}): ${(error as Error).message}`, {
      hint: 'it was cut off or is damaged: copy it again',
    });
  } finally {
    packed.destroy();
    unpack.destroy();
  }
}

function unpackerFor(packing: 'gzip' | 'zstd', { source, file }: ArchiveOptions): Transform {
  if (packing === 'gzip') return zlib.createGunzip({ chunkSize: 256 * 1024 });
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };
  if (createZstdDecompress !== undefined) return createZstdDecompress();
  throw sourceFailed(
    source,
    file,
    `it is packed with zstd, which Node ${process.versions.node} cannot unpack`,
    {
      hint: `unpack it with zstd -d, or use Node 22.15 or newer`,
    },
  );
}
