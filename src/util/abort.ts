import { RefstoreError } from '../errors.ts';

export function abortError(signal: AbortSignal, message = 'interrupted'): RefstoreError {
  return new RefstoreError('ABORTED', message, { cause: signal.reason });
}

/** @throws RefstoreError ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
