import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareRegularFile } from '../dataroot/regular-file.ts';
import { largestFile } from '../repositories/parse.ts';
import type { FileStat } from './snapshot.ts';

/** Names of staged files, and of the temporary files that write-file-atomic makes for them. */
export const stagedPattern = /^\.refstore-staged-[0-9a-f]{32}(?:\.\d+)?$/;

/** To be called before the daemon is stopped, which is not to wait for it. */
export const loadWriter = () => import('./write-file-atomic.ts');

export function stagedPathFor(file: string): string {
  return join(dirname(file), `.refstore-staged-${randomBytes(16).toString('hex')}`);
}

/**
 * Writes the new bytes beside the file, synced, with the old file's mode and owner, and makes sure that they
 * are there: write-file-atomic takes a write that came short for a whole one.
 * @param old the file that is to be replaced; undefined when there is none
 */
export async function stage(path: string, bytes: Uint8Array, old: FileStat | undefined): Promise<void> {
  const { writeFileAtomic } = await loadWriter();
  const { mode, uid, gid } = old ?? (await likeTheDaemon(dirname(path)));
  await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    mode,
    chown: { uid, gid },
  });
  const staged = await compareRegularFile(path, bytes, { limit: largestFile });
  if (staged === undefined) throw new Error('the staged file was removed');
  const { size } = staged.stat;
  if (size < bytes.length) {
    throw Object.assign(new Error(`only ${size} of ${bytes.length} bytes could be written`), {
      code: 'ENOSPC',
    });
  }
  if (!staged.isEqual) throw new Error('the staged file does not hold what was written');
  if (staged.stat.uid !== BigInt(uid) || staged.stat.gid !== BigInt(gid)) {
    throw Object.assign(new Error(`the owner ${uid}:${gid} could not be kept`), { code: 'EPERM' });
  }
}

/** The daemon makes the file 0600; its owner is who owns the folder, a rootless user even when root writes. */
async function likeTheDaemon(folder: string): Promise<Pick<FileStat, 'mode' | 'uid' | 'gid'>> {
  const { uid, gid } = await stat(folder);
  return { mode: 0o600, uid, gid };
}
