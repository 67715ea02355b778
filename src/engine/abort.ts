import { RefstoreError } from '../errors.ts';

export function abortError(signal: AbortSignal): RefstoreError {
  return new RefstoreError('ABORTED', 'interrupted', { cause: signal.reason });
}

/** @throws RefstoreError ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
