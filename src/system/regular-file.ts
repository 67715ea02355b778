import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  read,
  readSync,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';
import { RefstoreError } from '../errors.ts';

const readLater = promisify(read);
/** Bytes. So many are read at once: to have a thread of Node's pool do it takes longer. */
const soonRead = 1 << 20;

export interface ReadOptions {
  /** Most bytes that are read; a larger file is LIMIT_EXCEEDED. */
  readonly limit: number;
  /** Whether the file itself may be reached through a symbolic link (its folders always may). Default: no. */
  readonly followLink?: boolean;
}

export interface RegularFile {
  readonly bytes: Uint8Array;
  /** Of the opened file, taken before the first byte was read: a later change shows in the times. */
  readonly stat: BigIntStats;
}

/**
 * Reads a whole file that may have been put there by anybody: never through a link that the caller did not
 * allow, never waiting for a fifo, never more than the limit.
 * @returns undefined when there is no such file
 * @throws RefstoreError NOT_A_REGULAR_FILE, LIMIT_EXCEEDED or READ_FAILED
 */
export async function readRegularFile(file: string, options: ReadOptions): Promise<RegularFile | undefined> {
  return await withRegularFile(file, options, async (fd, stat) => {
    return { bytes: await readAll(file, fd, Number(stat.size), options.limit), stat };
  });
}

export interface Comparison {
  /** Of the opened file, taken before the first byte was read. */
  readonly stat: BigIntStats;
  readonly isEqual: boolean;
}

/**
 * Whether a file holds these bytes, read as readRegularFile reads it, and never in memory as a whole.
 * @returns undefined when there is no such file
 * @throws RefstoreError NOT_A_REGULAR_FILE, LIMIT_EXCEEDED or READ_FAILED
 */
export async function compareRegularFile(
  file: string,
  bytes: Uint8Array,
  options: ReadOptions,
): Promise<Comparison | undefined> {
  return await withRegularFile(file, options, async (fd, stat) => {
    return { stat, isEqual: await holds(fd, bytes) };
  });
}

async function withRegularFile<T>(
  file: string,
  options: ReadOptions,
  work: (fd: number, stat: BigIntStats) => Promise<T>,
): Promise<T | undefined> {
  let fd: number;
  try {
    fd = openSync(file, openFlags(options));
  } catch (error) {
    return openFailure(file, error as NodeJS.ErrnoException);
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw notRegular(file, kindOf(stat));
    if (stat.size > BigInt(options.limit)) throw tooLarge(file, stat.size, options.limit);
    return await work(fd, stat);
  } catch (error) {
    if (error instanceof RefstoreError) throw error;
    throw readFailed(file, error as NodeJS.ErrnoException);
  } finally {
    closeSync(fd);
  }
}

/** "a symbolic link", "a directory": what stands at a path, for messages. */
export function kindOf(stat: Stats | BigIntStats): string {
  if (stat.isFile()) return 'a regular file';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a fifo';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

/** READ_FAILED with the system's own word for what went wrong, and a hint where the cause is permission. */
export function readFailed(path: string, cause: NodeJS.ErrnoException): RefstoreError {
  const denied = cause.code === 'EACCES' || cause.code === 'EPERM';
  return new RefstoreError(
    'READ_FAILED',
    denied ? `no permission to read ${path}` : `cannot read ${path}: ${cause.message}`,
    {
      hint: denied ? 'run the command as root, or as the user who owns the data root' : undefined,
      details: { path, errno: cause.code },
      cause,
    },
  );
}

function openFlags({ followLink = false }: ReadOptions): number {
  // O_NONBLOCK: opening a fifo must not wait for a writer.
  return constants.O_RDONLY | constants.O_NONBLOCK | (followLink ? 0 : constants.O_NOFOLLOW);
}

function openFailure(file: string, error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  // A link (ELOOP) and a socket (ENXIO) cannot be opened; what they are is only seen from outside.
  const stat = lookedAt(file);
  if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) throw notRegular(file, kindOf(stat));
  throw readFailed(file, error);
}

function lookedAt(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}

async function readAll(file: string, fd: number, size: number, limit: number): Promise<Uint8Array> {
  // One byte more than the size, so that a file which grows meanwhile is seen to.
  let buffer = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const bytesRead = await readPiece(fd, buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > limit) throw tooLarge(file, BigInt(length), limit);
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(buffer.length * 2, limit + 1));
      larger.set(buffer);
      buffer = larger;
    }
  }
}

async function readPiece(
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  if (length <= soonRead) return readSync(fd, buffer, offset, length, position);
  return (await readLater(fd, buffer, offset, length, position)).bytesRead;
}

/** In bytes, of what is compared at a time. */
const pieceSize = 1 << 20;

async function holds(fd: number, bytes: Uint8Array): Promise<boolean> {
  // One byte more than is wanted, so that a longer file is seen to be.
  const piece = Buffer.allocUnsafe(Math.min(bytes.length + 1, pieceSize));
  for (let at = 0; ; ) {
    const bytesRead = await readPiece(fd, piece, 0, piece.length, at);
    if (bytesRead === 0) return at === bytes.length;
    if (!piece.subarray(0, bytesRead).equals(bytes.subarray(at, at + bytesRead))) return false;
    at += bytesRead;
  }
}

function notRegular(path: string, kind: string): RefstoreError {
  return new RefstoreError('NOT_A_REGULAR_FILE', `${path} is ${kind}, not a regular file`, {
    hint:
      kind === 'a symbolic link'
        ? 'put the file itself in the place of the link: the daemon does not save through one'
        : `move it out of the way; the daemon keeps a regular file there`,
    details: { path, kind },
  });
}

function tooLarge(path: string, size: bigint, limit: number): RefstoreError {
  return new RefstoreError('LIMIT_EXCEEDED', `${path} has ${size} bytes; at most ${limit} are read`, {
    hint: 'look at what it holds: no repositories.json, image config or manifest is that large',
    details: { path, size: Number(size), limit },
  });
}
