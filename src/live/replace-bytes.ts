import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './with-folder.ts';

/** What a file that is put back has to have again beside its bytes. */
export interface FileMarks {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds. */
  readonly atime: number;
  readonly mtime: number;
}

export async function marksOf(file: string): Promise<FileMarks> {
  const { mode, uid, gid, atimeMs, mtimeMs } = await stat(file);
  return { mode: mode & 0o7777, uid, gid, atime: atimeMs / 1000, mtime: mtimeMs / 1000 };
}

/** Puts bytes in the place of a file: the old ones or the new ones, never anything else. */
export async function replaceBytes(file: string, bytes: Uint8Array, marks?: FileMarks): Promise<void> {
  const { mode, uid, gid } = marks ?? (await marksOf(file));
  const temporary = `${file}.refstore-${randomBytes(8).toString('hex')}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.chown(uid, gid);
      await handle.chmod(mode);
      if (marks !== undefined) await handle.utimes(marks.atime, marks.mtime);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
