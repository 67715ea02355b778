/**
 * The errors of the library. Every one carries a stable `code`, a message that says what is wrong and where,
 * and, where there is one, a hint that says what to do next.
 */

export const errorCodes = [
  'INVALID_REFERENCE',
  'INVALID_REPOSITORIES_FILE',
  'INVALID_PATCH',
  'REFERENCE_CONFLICT',
  'REFERENCE_NOT_FOUND',
  'PATCH_CONFLICT',
  'CHANGED_UNDERNEATH',
  'LOCKED',
  'DAEMON_RUNNING',
  'CONTAINERD_IMAGE_STORE',
  'NOT_A_REGULAR_FILE',
  'UNPROVEN_DIGEST',
  'SOURCE_FAILED',
  'STORE_NOT_FOUND',
  'STORE_AMBIGUOUS',
  'READ_FAILED',
  'WRITE_FAILED',
  'ENGINE_FAILED',
  'RESTART_FAILED',
  'NOT_VERIFIED',
  'LIMIT_EXCEEDED',
  'ABORTED',
  'USAGE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface RefstoreErrorOptions {
  /** One sentence that says what to do next. */
  readonly hint?: string | undefined;
  /** Plain data for programs: what, where, how many. Goes into the CLI's JSON as it is. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Base of every error that this library throws on purpose. */
export class RefstoreError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: RefstoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}
