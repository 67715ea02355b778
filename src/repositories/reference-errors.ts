import { RefstoreError } from '../errors.ts';
import { escapeText } from '../util/escape.ts';

/** The store has no such reference (moby v28.5.2 reference/store.go, ErrDoesNotExist). */
export class ReferenceNotFoundError extends RefstoreError {
  /** The key that was looked up. */
  readonly reference: string;
  /** The daemon's own words. */
  readonly reason: string;

  constructor(reference: string) {
    const reason = 'reference does not exist';
    super('REFERENCE_NOT_FOUND', `${reference}: ${reason}`, {
      hint: 'refstore ls lists what there is; a name without a tag means :latest',
      details: { reference, reason },
    });
    this.reference = reference;
    this.reason = reason;
  }
}

/** The daemon would refuse to write this entry. */
export class ReferenceConflictError extends RefstoreError {
  readonly reference: string;
  /** `conflict`: the store has it at another image. `invalid`: the daemon never writes such an entry. */
  readonly kind: 'conflict' | 'invalid';
  /** The daemon's own words. */
  readonly reason: string;

  constructor(
    reference: string,
    kind: 'conflict' | 'invalid',
    reason: string,
    options: { hint: string; details?: Readonly<Record<string, unknown>> },
  ) {
    super('REFERENCE_CONFLICT', escapeText(`${reference}: ${reason}`), {
      hint: options.hint,
      details: { reference, kind, reason, ...options.details },
    });
    this.reference = reference;
    this.kind = kind;
    this.reason = reason;
  }
}

/** The file says `{"Repositories":null}`: the daemon starts on it, and crashes when the first entry is added. */
export class NullRepositoriesError extends RefstoreError {
  constructor(reference: string) {
    super(
      'INVALID_REPOSITORIES_FILE',
      `${reference} cannot be added: the file says {"Repositories":null}, on which the daemon crashes at the first entry`,
      { hint: 'apply a patch instead: it writes a proper map', details: { reference } },
    );
  }
}
