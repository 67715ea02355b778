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
  if (denied.has(code)) return deniedHint(file, code);
  if (code === 'EROFS') return 'the file system is mounted read-only';
  if (!noRoom.has(code)) return undefined;
  const folder = dirname(file);
  const system = await statfs(folder).catch(() => undefined); // only for the message
  if (system !== undefined && system.files > 0 && system.ffree === 0) {
    return `no inode is free on the file system of ${folder}: remove files there (df -i ${folder})`;
  }
  const room = system === undefined ? '' : ` (${system.bavail * system.bsize} bytes are free)`;
  return `make room on the file system of ${folder}${room}, or raise the quota or the limit on file sizes`;
}

function deniedHint(file: string, code: string): string {
  if (process.geteuid?.() !== 0) return 'run the command as root, or as the user who owns the data root';
  const folder = dirname(file);
  // Root is refused by what stands above permissions.
  return code === 'EPERM'
    ? `is it immutable or append-only? lsattr -d ${folder} ${file} shows i or a; chattr -i -a takes them off`
    : 'root is refused: by SELinux or AppArmor, or by the server of a network file system';
}
