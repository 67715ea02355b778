import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { maxFileSize } from '../repositories/parse.ts';
import { compareRegularFile } from '../system/regular-file.ts';
import type { OpenFolder } from './open-folder.ts';
import type { FileStat } from './snapshot.ts';

/** Names of staged files, and of the temporary files that write-file-atomic makes for them. */
export const stagedPattern = /^\.refstore-staged-[0-9a-f]{32}(?:\.\d+)?$/;

/** To be called before the daemon is stopped, which is not to wait for it. */
export const loadWriter = () => import('./write-file-atomic.ts');

export function stagedName(): string {
  return `.refstore-staged-${randomBytes(16).toString('hex')}`;
}

/**
 * Writes the new bytes beside the file, synced, with the old file's mode and owner, and makes sure that they
 * are there: write-file-atomic takes a write that came short for a whole one.
 * @param old the file that is to be replaced; undefined when it does not exist
 */
export async function stage(
  folder: OpenFolder,
  name: string,
  bytes: Uint8Array,
  old: FileStat | undefined,
): Promise<void> {
  const { writeFileAtomic } = await loadWriter();
  const access = old ?? (await likeTheDaemon(folder));
  // write-file-atomic sets owner and mode by path, where whoever owns the folder may have put a link by then. It
  // does so when it is told to, or finds a file of this name, which is random.
  await writeFileAtomic(folder.at(name), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    tmpfileCreated: (temporary) => setAccess(temporary, access),
  });
  const staged = await compareRegularFile(folder.at(name), bytes, { limit: maxFileSize });
  if (staged === undefined) throw new Error('the staged file was removed');
  const { size } = staged.stat;
  if (size < bytes.length) {
    throw Object.assign(new Error(`only ${size} of ${bytes.length} bytes could be written`), {
      code: 'ENOSPC',
    });
  }
  if (!staged.isEqual) throw new Error('the staged file does not hold what was written');
}

type Access = Pick<FileStat, 'mode' | 'uid' | 'gid'>;

/** Gives a file that was just made its owner and mode, by its descriptor, before anything is written into it. */
async function setAccess(path: string, { mode, uid, gid }: Access): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    // Anything else, such as a second name of a file of root's, was put there by somebody.
    if (!stat.isFile() || stat.nlink !== 1 || stat.size !== 0 || stat.uid !== process.geteuid?.()) {
      throw new Error('another program has replaced the staged file');
    }
    if (stat.uid !== uid || stat.gid !== gid) await setOwner(handle, uid, gid);
    // Behind the owner: a change of the owner may clear bits of the mode.
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

async function setOwner(handle: FileHandle, uid: number, gid: number): Promise<void> {
  await handle.chown(uid, gid).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPERM') throw cause;
    throw Object.assign(new Error(`the owner ${uid}:${gid} could not be kept`, { cause }), { code: 'EPERM' });
  });
}

/** The daemon makes the file 0600; its owner is who owns the folder, a rootless user even when root writes. */
async function likeTheDaemon(folder: OpenFolder): Promise<Access> {
  const { uid, gid } = await folder.stat();
  return { mode: 0o600, uid, gid };
}
