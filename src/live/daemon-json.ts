import { constants } from 'node:fs';
import { access, lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RefstoreError } from '../errors.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { type FileMarks, marksOf, replaceBytes } from './replace-bytes.ts';

/** A daemon.json that is to be changed for a few seconds. */
export interface DaemonJson {
  readonly file: string;
  /** Undefined where there is no such file. */
  readonly before: { readonly bytes: Buffer; readonly marks: FileMarks } | undefined;
}

const sizeLimit = 1 << 20;

/**
 * Reads it, and makes sure that it can be changed and put back.
 * @throws RefstoreError LIVE_REFUSED
 */
export async function readDaemonJson(file: string): Promise<DaemonJson> {
  const found = await lookAt(file);
  if (found === undefined) return { file, before: undefined };
  const before = { bytes: found, marks: await marksOf(file) };
  withMirrors({ file, before }, []);
  return { file, before };
}

async function lookAt(file: string): Promise<Buffer | undefined> {
  try {
    const stat = await lstat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (stat === undefined) {
      const folder = await lstat(dirname(file)).catch(() => undefined);
      // Of a folder that is not there, the one above has to be writable.
      await access(folder === undefined ? dirname(dirname(file)) : dirname(file), constants.W_OK);
      return undefined;
    }
    if (stat.isSymbolicLink()) throw refused(file, 'it is a symbolic link, so the file is somebody else’s');
    const read = await readRegularFile(file, { limit: sizeLimit });
    // The file itself may be a mount of its own, which no rename can replace.
    await access(dirname(file), constants.W_OK);
    if (stat.dev !== (await lstat(dirname(file))).dev) throw refused(file, 'it is mounted by itself');
    return read && Buffer.from(read.bytes);
  } catch (error) {
    if (error instanceof RefstoreError && error.code === 'LIVE_REFUSED') throw error;
    throw refused(file, error instanceof Error ? error.message : String(error));
  }
}

/**
 * The text with these mirrors. They are added behind all that it says: of two values for one name the daemon takes
 * the last (encoding/json), and not one byte of the rest is written anew.
 * @throws RefstoreError LIVE_REFUSED for a text to which nothing can be added that way
 */
export function withMirrors({ file, before }: DaemonJson, mirrors: readonly string[]): Buffer {
  const text = before === undefined ? '{}' : before.bytes.toString('utf8');
  if (before !== undefined && !Buffer.from(text, 'utf8').equals(before.bytes)) {
    throw refused(file, 'it is not UTF-8');
  }
  const added = `"registry-mirrors":${JSON.stringify(mirrors)}`;
  if (text.trim() === '') return Buffer.from(`{${added}}`);
  const fields = parseObject(file, text);
  const end = text.lastIndexOf('}');
  const isEmpty = Object.keys(fields).length === 0;
  return Buffer.from(`${text.slice(0, end)}${isEmpty ? '' : ','}${added}${text.slice(end)}`);
}

function parseObject(file: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(file, `it is not plain JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refused(file, 'it does not hold a JSON object');
}

function refused(file: string, problem: string): RefstoreError {
  return new RefstoreError(
    'LIVE_REFUSED',
    `${file} cannot be changed for the time of the pulls: ${problem}; nothing was changed`,
    { hint: 'use --restart for these digests: it leaves daemon.json alone', details: { file } },
  );
}

/** @param made whether its folder may have to be made */
export async function writeDaemonJson({ file, before }: DaemonJson, bytes: Uint8Array): Promise<void> {
  if (before === undefined) await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await replaceBytes(file, bytes, before?.marks ?? newMarks());
}

/** Puts back the bytes, mode, owner and times; removes the file where there was none before. */
export async function putBackDaemonJson({ file, before }: DaemonJson, madeFolder: boolean): Promise<void> {
  if (before !== undefined) return await replaceBytes(file, before.bytes, before.marks);
  await rm(file, { force: true });
  // Only if it is empty: somebody else may have put a file there.
  if (madeFolder) await rmdir(dirname(file)).catch(() => undefined);
}

function newMarks(): FileMarks {
  const now = Date.now() / 1000;
  return {
    mode: 0o644,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    atime: now,
    mtime: now,
  };
}
