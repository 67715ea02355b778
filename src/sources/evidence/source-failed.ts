import { RefstoreError, type RefstoreErrorOptions } from '../../errors.ts';

/** SOURCE_FAILED for what cannot be used of a source; `where` is a path, a file in an archive, a host. */
export function sourceFailed(
  source: string,
  where: string,
  problem: string,
  options: RefstoreErrorOptions = {},
): RefstoreError {
  return new RefstoreError('SOURCE_FAILED', `${where}: ${problem}`, {
    ...options,
    details: { source, where, ...options.details },
  });
}

/** LIMIT_EXCEEDED for what has more of something than is read. */
export function beyondLimit(
  source: string,
  where: string,
  problem: string,
  details: Readonly<Record<string, unknown>> = {},
): RefstoreError {
  return new RefstoreError('LIMIT_EXCEEDED', `${where}: ${problem}`, {
    hint: 'no image that Docker can run needs as much: look at where this comes from',
    details: { source, where, ...details },
  });
}
