import { RefstoreError } from '../errors.ts';

/** The most names (of fields, repositories and references) that are kept of one file. */
export const maxNames = 2_000_000;

export function tooManyNames(): RefstoreError {
  return new RefstoreError('LIMIT_EXCEEDED', `the file holds more than ${maxNames} names`, {
    hint: 'no host has that many references: is this the right file?',
    details: { limit: maxNames },
  });
}
