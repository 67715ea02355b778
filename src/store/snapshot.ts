import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { maxFileSize, parseRepositories } from '../repositories/parse.ts';
import { Repositories } from '../repositories/repositories.ts';
import { compareRegularFile, readRegularFile } from '../system/regular-file.ts';

/** What tells one file from another, and whether it was written since. */
export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface SnapshotOptions {
  /** Reads the old bytes; repair passes one that salvages. Default: as the daemon reads them. */
  readonly decode?: ((bytes: Uint8Array, options: { file: string }) => Repositories) | undefined;
  /** The file as it was looked at before: while it has those bytes, it is not decoded and hashed again. */
  readonly seen?: Snapshot | undefined;
}

/** The file at one moment. */
export class Snapshot {
  readonly file: string;
  /** Empty when there is no file. */
  readonly bytes: Uint8Array;
  /** undefined when there is no file. */
  readonly stat: FileStat | undefined;
  readonly #decode: NonNullable<SnapshotOptions['decode']>;
  /** Another snapshot of the same bytes. */
  readonly #same: Snapshot | undefined;
  #sha256: string | undefined;
  #repositories: Repositories | undefined;

  constructor(
    file: string,
    found: { bytes: Uint8Array; stat: FileStat } | undefined,
    { decode = parseRepositories, seen }: SnapshotOptions = {},
  ) {
    this.file = file;
    this.bytes = found?.bytes ?? new Uint8Array();
    this.stat = found?.stat;
    this.#decode = decode;
    if (seen?.file === file && seen.#decode === decode && isSameContent(this, seen)) this.#same = seen;
  }

  /** In hex; undefined when there is no file. */
  get sha256(): string | undefined {
    if (this.stat === undefined) return undefined;
    this.#sha256 ??= this.#same?.sha256 ?? sha256(this.bytes);
    return this.#sha256;
  }

  /**
   * Parsed on first use; empty when there is no file, as the daemon takes it.
   * @throws RepositoriesParseError with the path of the file
   */
  get repositories(): Repositories {
    this.#repositories ??= this.#same?.repositories ?? this.#read();
    return this.#repositories;
  }

  #read(): Repositories {
    return this.stat === undefined ? Repositories.empty : this.#decode(this.bytes, { file: this.file });
  }
}

/**
 * Reads the file as it stands; a missing file gives a snapshot of nothing.
 * @throws RefstoreError NOT_A_REGULAR_FILE, LIMIT_EXCEEDED or READ_FAILED
 */
export async function readSnapshot(file: string, options?: SnapshotOptions): Promise<Snapshot> {
  const found = await readRegularFile(file, { limit: maxFileSize });
  return new Snapshot(file, found && { bytes: found.bytes, stat: fileStat(found.stat) }, options);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Whether nobody wrote, replaced, made or removed the file since the snapshot.
 * @param path where it is reached now
 * @throws RefstoreError NOT_A_REGULAR_FILE, LIMIT_EXCEEDED or READ_FAILED
 */
export async function isUntouched({ bytes, stat }: Snapshot, path: string): Promise<boolean> {
  const now = await compareRegularFile(path, bytes, { limit: maxFileSize });
  if (now === undefined || stat === undefined) return now === stat;
  const { dev, ino, size, mtimeNs } = fileStat(now.stat);
  const isSame = dev === stat.dev && ino === stat.ino && size === stat.size && mtimeNs === stat.mtimeNs;
  return isSame && now.isEqual;
}

/** Whether both are of a file, with the same bytes. */
function isSameContent(left: Snapshot, right: Snapshot): boolean {
  if (left.stat === undefined || right.stat === undefined) return false;
  return left.stat.size === right.stat.size && Buffer.compare(left.bytes, right.bytes) === 0;
}

function fileStat({ dev, ino, size, mtimeNs, mode, uid, gid }: BigIntStats): FileStat {
  return {
    dev,
    ino,
    size: Number(size),
    mtimeNs,
    mode: Number(mode) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
  };
}
