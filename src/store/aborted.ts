import { RefstoreError } from '../errors.ts';

/** ABORTED, for a caller who asked for it before anything was written. */
export function aborted(signal: AbortSignal | undefined): RefstoreError {
  return new RefstoreError('ABORTED', 'stopped as asked; nothing was written', { cause: signal?.reason });
}

/** @throws RefstoreError ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}
