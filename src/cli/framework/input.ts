import { RefstoreError } from '../../errors.ts';
import type { Context } from './command.ts';

/**
 * The bytes of a file that the user names, `-` being standard input. It may be reached through links.
 * @throws RefstoreError READ_FAILED, LIMIT_EXCEEDED
 */
export async function readInput(
  path: string,
  limit: number,
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
): Promise<Uint8Array> {
  if (path === '-') return readAll(streams.stdin, limit, signal);
  const { readRegularFile } = await import('../../system/regular-file.ts');
  try {
    const found = await readRegularFile(path, { limit, followLink: true });
    if (found !== undefined) return found.bytes;
  } catch (error) {
    if (!(error instanceof RefstoreError) || error.code !== 'NOT_A_REGULAR_FILE') throw error;
    throw new RefstoreError('READ_FAILED', error.message, {
      hint: 'what comes from a pipe is read as -, from standard input',
      details: error.details,
    });
  }
  const { noFile } = await import('../target/no-file.ts');
  throw await noFile(path, 'READ_FAILED');
}

async function readAll(
  stream: NodeJS.ReadableStream,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const { addAbortSignal, Readable } = await import('node:stream');
  if (signal !== undefined && stream instanceof Readable) addAbortSignal(signal, stream);
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > limit) {
        throw new RefstoreError('LIMIT_EXCEEDED', `standard input has more than ${limit} bytes`, {
          details: { limit },
        });
      }
      chunks.push(bytes);
    }
  } catch (cause) {
    if (cause instanceof RefstoreError) throw cause;
    if (signal?.aborted === true) throw new RefstoreError('ABORTED', 'interrupted', { cause });
    throw new RefstoreError('READ_FAILED', `cannot read standard input: ${(cause as Error).message}`, {
      cause,
    });
  }
  return Buffer.concat(chunks);
}
