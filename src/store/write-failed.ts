import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RefstoreError } from '../errors.ts';
import { withKnownPaths } from './open-folder.ts';

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const denied = new Set(['EACCES', 'EPERM']);

/** WRITE_FAILED: the file is what it was before. */
export async function writeFailed(
  file: string,
  step: string,
  cause: NodeJS.ErrnoException | RefstoreError,
): Promise<RefstoreError> {
  const isOurs = cause instanceof RefstoreError;
  return new RefstoreError(
    'WRITE_FAILED',
    `cannot write ${file}: ${step} (${withKnownPaths(cause.message)}); the old file stands`,
    {
      hint: isOurs ? cause.hint : await hintFor(file, cause),
      details: { file, step, ...(isOurs ? cause.details : { errno: cause.code }) },
      cause,
    },
  );
}

async function hintFor(file: string, { code = '' }: NodeJS.ErrnoException): Promise<string | undefined> {
  if (denied.has(code)) return 'run the command as root, or as the user who owns the data root';
  if (code === 'EROFS') return 'the file system is mounted read-only';
  if (!noRoom.has(code)) return undefined;
  const folder = dirname(file);
  const free = await freeBytes(folder);
  const room = free === undefined ? '' : ` (${free} bytes are free)`;
  return `make room on the file system of ${folder}${room}, or raise the quota or the limit on file sizes`;
}

async function freeBytes(folder: string): Promise<number | undefined> {
  const system = await statfs(folder).catch(() => undefined); // only for the message
  return system && system.bavail * system.bsize;
}
