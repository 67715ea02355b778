import type { Change } from '../repositories/change.ts';
import type { Patch } from '../repositories/patch.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { Backup } from './backup-name.ts';

/** What became of a write. */
export interface WriteResult {
  /** Whether the file was replaced; in a dry run: whether it would be. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly changes: readonly Change[];
  /** sha256 of the file in hex, undefined where there was or is no file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** The old bytes; undefined when nothing was written or there was no file. */
  readonly backup: Backup | undefined;
}

export interface CommitResult extends WriteResult {
  /** The patch that was applied, `base` being what it was applied to. */
  readonly patch: Patch;
  /** What the file holds now; in a dry run: what it would hold. */
  readonly repositories: Repositories;
}

/** Exact bytes were put in the place of others; what cannot be read or expressed in a patch is undefined. */
export interface RestoreResult extends WriteResult {
  /** Leads from what the file held to what it holds now; undefined where one of the two does not parse. */
  readonly patch: Patch | undefined;
  /** undefined when the bytes that were put back do not parse. */
  readonly repositories: Repositories | undefined;
}
