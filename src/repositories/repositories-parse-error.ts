import { RefstoreError } from '../errors.ts';
import type { Place } from './place.ts';
import type { ScanFailure } from './scan.ts';

/** A file that the daemon refuses, or on which it crashes. */
export class RepositoriesParseError extends RefstoreError {
  /** In bytes, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** In bytes, from 1. */
  readonly column: number;
  /** `null`: the file says null, and the daemon crashes instead of refusing it. */
  readonly kind: ScanFailure['kind'];
  /** What the daemon says to this file (Go 1.26; other versions word some of it otherwise). */
  readonly daemonMessage: string;

  constructor(failure: ScanFailure, place: Place, file: string) {
    const { kind, offset, daemonMessage, reason } = failure;
    const { line, column } = place;
    super(
      'INVALID_REPOSITORIES_FILE',
      `${file}:${line}:${column}: ${reason}; the daemon ${kind === 'null' ? 'crashes' : 'does not start'} on it (${daemonMessage})`,
      { hint: hints[kind], details: { file, kind, offset, line, column, reason, daemonMessage } },
    );
    this.kind = kind;
    this.offset = offset;
    this.line = line;
    this.column = column;
    this.daemonMessage = daemonMessage;
  }
}

const keep = 'keep a copy of the file before anything else';

const hints: Readonly<Record<ScanFailure['kind'], string>> = {
  empty:
    'restore a backup (refstore backups), or rebuild it (refstore repair); starting on no file at all makes every image nameless',
  truncated: `${keep}; refstore repair recovers every entry before the cut`,
  syntax: `${keep}; refstore repair recovers every whole entry`,
  type: `${keep}; correct this value, or let refstore repair leave it out`,
  null: `${keep}; restore a backup (refstore backups), or rebuild it (refstore repair)`,
};
