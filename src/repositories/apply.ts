import { RefstoreError } from '../errors.ts';
import { quoted, shownReference } from '../util/escape.ts';
import type { Change } from './change.ts';
import { Draft } from './draft.ts';
import { checkPatch, impliedRepository, type Operation, type Patch, summarise } from './patch.ts';

import { Repositories } from './repositories.ts';

/** Why an operation cannot be applied to this store. */
export interface PatchConflict {
  /** Index of the operation in the patch. */
  readonly index: number;
  readonly operation: Operation;
  /** The image ID in the store; undefined when the entry does not exist. */
  readonly found: string | undefined;
  readonly message: string;
}

/** Operations of a patch, or entries of a merge, that do not fit what is there. Nothing was changed. */
export class PatchConflictError extends RefstoreError {
  readonly conflicts: readonly PatchConflict[];

  constructor(conflicts: readonly PatchConflict[]) {
    const count = conflicts.length === 1 ? '1 operation does' : `${conflicts.length} operations do`;
    super(
      'PATCH_CONFLICT',
      `${count} not fit the store: ${summarise(conflicts.map((conflict) => conflict.message))}`,
      {
        hint: 'nothing was changed; make the patch anew from the store as it is now',
        details: { conflicts: conflicts.map((conflict) => ({ ...conflict, found: conflict.found ?? null })) },
      },
    );
    this.conflicts = conflicts;
  }
}

/**
 * Applies the operations in their order, all or none. `changes` says what is different afterwards, in byte
 * order. `base` is not looked at here: it is about the file's bytes.
 * @throws RefstoreError INVALID_PATCH when an operation can be applied to no store
 * @throws PatchConflictError with every operation that does not fit this store
 */
export function applyPatch(
  repositories: Repositories,
  patch: Patch,
): { repositories: Repositories; changes: Change[] } {
  checkPatch(patch);
  const holders = holderIndex(repositories);
  const draft = new Draft(repositories.sorted);
  const conflicts: PatchConflict[] = [];
  /** What an operation would find after another one failed there tells nothing. */
  const failed = new Set<string>();
  for (const [index, operation] of patch.operations.entries()) {
    const { op, reference } = operation;
    const repository = repositoryOf(operation, holders);
    const place = JSON.stringify([repository, reference]);
    if (failed.has(place)) continue;
    const found = repository === undefined ? undefined : draft.get(repository, reference);
    const problem = conflictOf(operation, repository, found, holders);
    if (problem !== undefined) {
      failed.add(place);
      conflicts.push({
        index,
        operation,
        found,
        message: `operations[${index}]: ${op} ${shownReference(reference)}: ${problem}`,
      });
    } else draft.set(repository as string, reference, op === 'remove' ? undefined : operation.image);
  }
  if (conflicts.length > 0) throw new PatchConflictError(conflicts);
  const changes = draft.changes();
  if (changes.length === 0) return { repositories, changes };
  return { repositories: new Repositories(draft.finish(), false), changes };
}

/**
 * The bucket of an operation. A key that does not parse implies none; it is found where only one bucket has it.
 */
function repositoryOf(operation: Operation, holders: Holders): string | undefined {
  const named = operation.op === 'remove' ? operation.repository : undefined;
  const implied = named ?? impliedRepository(operation.reference);
  if (implied !== undefined) return implied;
  const [holder, another] = holders(operation.reference);
  return another === undefined ? holder : undefined;
}

function conflictOf(
  operation: Operation,
  repository: string | undefined,
  found: string | undefined,
  holders: Holders,
): string | undefined {
  if (operation.op === 'add') {
    if (found === undefined || found === operation.image) return undefined;
    return `it is at ${quoted(found)} already, expected nothing there; to lead it to another image, use move`;
  }
  if (found === undefined) return missing(operation.reference, repository, holders);
  if (operation.from === undefined || operation.from === found) return undefined;
  return `it is at ${quoted(found)}, expected ${quoted(operation.from)}`;
}

/** That a reference is not where it was looked for, and the buckets that do hold it. */
function missing(reference: string, repository: string | undefined, holders: Holders): string {
  // Thousands of conflicts may be about one key in thousands of buckets: only the first few are looked at.
  const others = holders(reference)
    .slice(0, 4)
    .filter((name) => name !== repository);
  if (others.length === 0) return 'it is not there';
  const names = others.slice(0, 3).map(quoted).join(' and ');
  return repository === undefined
    ? `it is in the repositories ${names}: say which with "repository"`
    : `it is not in the repository ${quoted(repository)}, but in ${names}: say so with "repository"`;
}

/** The names of the buckets that hold a key. */
type Holders = (reference: string) => readonly string[];

/** Made on first use: few patches ask. */
function holderIndex(repositories: Repositories): Holders {
  let index: Map<string, string[]> | undefined;
  return (reference) => {
    index ??= indexKeys(repositories);
    return index.get(reference) ?? [];
  };
}

function indexKeys(repositories: Repositories): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const { name, keys } of repositories.sorted) {
    for (const key of keys) {
      const holders = index.get(key);
      if (holders === undefined) index.set(key, [name]);
      else holders.push(name);
    }
  }
  return index;
}
