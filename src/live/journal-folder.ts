import { lstat } from 'node:fs/promises';
import { OpenFolder } from '../store/open-folder.ts';
import { kindOf } from '../system/regular-file.ts';

/** What fstat says of a file or folder: `mode` with its type, `uid` as this process sees it. */
export interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const writableByOthers = 0o022;

/**
 * Why a journal, or the folder of journals, is not believed: root puts back what it says, so only root, or the user
 * of this process, may have written it. Undefined where it is believed. An access control list shows in the bits of
 * the group.
 */
export function whyNotBelieved({ uid, mode }: Ownership): string | undefined {
  if (uid !== 0 && uid !== process.geteuid?.()) {
    return `it belongs to user ${uid}, not to root or to the user of this command`;
  }
  if ((mode & writableByOthers) === 0) return undefined;
  return `users other than its owner may write it (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`;
}

/** A folder of journals, held open; or why it is not believed. */
export type JournalFolder = { readonly folder: OpenFolder } | { readonly problem: string };

/** Never through a link in the place of the folder. Throws what open(2) says: ENOENT, EACCES. */
export async function openJournalFolder(path: string): Promise<JournalFolder> {
  let folder: OpenFolder;
  try {
    folder = await OpenFolder.open(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
    return { problem: `it is ${kindOf(await lstat(path))}, not a directory` };
  }
  const problem = whyNotBelieved(await folder.stat());
  if (problem === undefined) return { folder };
  await folder.close();
  return { problem };
}
