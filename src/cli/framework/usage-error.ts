import { RefstoreError } from '../../errors.ts';

/** The command line cannot be understood: exit status 2. The hint says how to write it. */
export class UsageError extends RefstoreError {
  constructor(message: string, hint?: string) {
    super('USAGE', message, { hint });
  }
}
