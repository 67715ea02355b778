import { type FileHandle, open } from 'node:fs/promises';

/** Of what may be long, so much of the end is read, in bytes. */
export const tailSize = 16 << 10;

/** The end of a file that may be long, at most 16 KiB; empty when it cannot be read. */
export async function tailOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      return await readTail(handle);
    } finally {
      await handle.close();
    }
  } catch {
    return ''; // what is asked for is only there to explain another failure
  }
}

export async function readTail(handle: FileHandle): Promise<string> {
  const { size } = await handle.stat();
  const start = Math.max(0, size - tailSize);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.toString('utf8', 0, bytesRead);
}

const linesShown = 20;

export function lastLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-linesShown);
}
