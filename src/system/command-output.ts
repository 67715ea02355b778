import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTail, tailSize } from './tail.ts';

/**
 * Takes what a command writes, in a file that has no name: nothing is left of it in the temporary folder, however
 * this process ends. There is room in it for the first 16 KiB from the beginning, so that a command which says
 * something does not fail for a full disk.
 */
export class CommandOutput {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Undefined where no such file can be made: no temporary folder, or no room in it. */
  static async tryOpen(): Promise<CommandOutput | undefined> {
    let file: FileHandle | undefined;
    try {
      const path = join(tmpdir(), `refstore-${randomBytes(16).toString('hex')}`);
      const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
      file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      await unlink(path);
      // At a place, so that the command writes from the beginning; its text has no NUL.
      const { bytesWritten } = await file.write(Buffer.alloc(tailSize), 0, tailSize, 0);
      if (bytesWritten === tailSize) return new CommandOutput(file);
    } catch {
      // Output that explains a failure is of use; Docker's start does not wait for it.
    }
    await file?.close().catch(() => undefined);
    return undefined;
  }

  get descriptor(): number {
    return this.#file.fd;
  }

  /** What was written so far, at most the last 16 KiB. */
  async text(): Promise<string> {
    return (await readTail(this.#file).catch(() => '')).replace(/\0+$/, '');
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }
}
