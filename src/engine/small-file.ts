import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EngineError } from './engine-error.ts';

const sizeLimit = 1 << 20;

/**
 * A small text file of Docker's client configuration; undefined when the file does not exist.
 * @throws EngineError with reason `address`
 */
export function readSmallFile(host: string, file: string): string | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      if (!fstatSync(descriptor).isFile()) throw new Error('it is not a regular file');
      const buffer = Buffer.alloc(sizeLimit + 1);
      const length = readSync(descriptor, buffer, 0, buffer.length, 0);
      if (length > sizeLimit) throw new Error(`it is larger than ${sizeLimit} bytes`);
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new EngineError(host, 'address', `cannot read ${file}: ${message}`, { cause: error });
  }
}
