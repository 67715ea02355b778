import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StoreLocation } from '../../dataroot/stores.ts';
import { type ErrorCode, RefstoreError } from '../../errors.ts';
import { nearest } from '../framework/nearest.ts';

/** The error for a file that the user named and that is not there. */
export async function noFile(path: string, code: ErrorCode): Promise<RefstoreError> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => undefined);
  const near = nearest(basename(path), names?.slice(0, 1000) ?? []);
  const hint =
    names === undefined
      ? `there is no folder ${folder} that can be looked into, either`
      : near === undefined
        ? 'check the name, and the folder it is looked for in'
        : `did you mean ${join(folder, near)}?`;
  return new RefstoreError(code, `there is no file ${path}`, { hint, details: { path } });
}

/**
 * A file that is not there is an empty store to the daemon; one that the user names is a slip of the pen.
 * @throws RefstoreError STORE_NOT_FOUND
 */
export async function requireNamedFile({ file, isFileNamed }: StoreLocation): Promise<void> {
  if (!isFileNamed) return;
  try {
    await stat(file);
  } catch (error) {
    // What else is wrong is told when it is read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw await noFile(file, 'STORE_NOT_FOUND');
  }
}
