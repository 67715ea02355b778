import { open } from 'node:fs/promises';

const sizeLimit = 16 << 10;

/** The end of a file that may be long, at most 16 KiB; empty when it cannot be read. */
export async function tailOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - sizeLimit);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return ''; // what is asked for is only there to explain another failure
  }
}

const linesShown = 20;

export function lastLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-linesShown);
}
