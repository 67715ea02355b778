import { RefstoreError } from '../../errors.ts';

/** A bbolt file that cannot be read: cut, overwritten, or made to lead a reader astray. */
export class BoltError extends RefstoreError {
  /** Nothing is known to be wrong with the file: it is more than is read here. */
  get isLimit(): boolean {
    return this.details['isLimit'] === true;
  }

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('READ_FAILED', message, { details });
  }
}
