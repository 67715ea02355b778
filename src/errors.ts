/**
 * The errors of the library. Every one carries a stable `code`, a message that says what is wrong and where,
 * and, for most, a hint that says what to do next.
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
  'LIVE_REFUSED',
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
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The state after a write that failed or was stopped. The exit status and the message follow from it. */
export interface WriteOutcome {
  /** Which bytes are in the file: the old ones, or the ones to write. */
  readonly file: 'old' | 'new';
  /** Undefined when nothing was done to the daemon. */
  readonly daemon?: 'up' | 'down' | 'unknown' | undefined;
  /** The file was written, and the old bytes were put back. */
  readonly rolledBack?: boolean | undefined;
  /** ID of the backup that holds the old bytes; undefined when nothing was written or there was no file. */
  readonly backup?: string | undefined;
  /** The daemon has loaded the images of an archive, whatever happened to the file. */
  readonly imageLoaded?: boolean | undefined;
}

export interface RefstoreErrorOptions {
  /** One sentence that says what to do next. */
  readonly hint?: string | undefined;
  /** Plain data for programs: what, where, how many. Goes into the CLI's JSON as it is. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly outcome?: WriteOutcome | undefined;
  readonly cause?: unknown;
}

/** Base of every error that this library throws on purpose. */
export class RefstoreError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  /** Undefined when nothing was changed. */
  outcome: WriteOutcome | undefined;

  constructor(code: ErrorCode, message: string, options: RefstoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    this.outcome = options.outcome;
  }
}

/**
 * Adds an outcome to an error. Fields that the error has already stay. An unexpected error becomes INTERNAL.
 */
export function withOutcome(error: unknown, outcome: WriteOutcome): RefstoreError {
  if (error instanceof RefstoreError) {
    error.outcome = { ...outcome, ...error.outcome };
    return error;
  }
  return new RefstoreError('INTERNAL', unforeseen(error), { hint: reportIt, outcome, cause: error });
}

export function unforeseen(error: unknown): string {
  return `this is a bug: ${error instanceof Error ? error.message : String(error)}`;
}

export const reportIt = 'please report it, with the output of --verbose';
