import { RefstoreError } from '../../errors.ts';

/** A bbolt file that cannot be read: cut, overwritten, or made to lead a reader astray. */
export class BoltError extends RefstoreError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('READ_FAILED', message, { details });
  }
}
