import { RefstoreError } from '../errors.ts';
import type { Change } from './change.ts';
import { Draft } from './draft.ts';
import { checkOperations, impliedRepository, type Operation, type Patch, summarise } from './patch.ts';
import { Repositories } from './repositories.ts';

/** Why an operation cannot be applied to this store. */
export interface PatchConflict {
  /** Index of the operation in the patch. */
  readonly index: number;
  readonly operation: Operation;
  /** What stands there; undefined for nothing. */
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
  checkOperations(patch.operations);
  const draft = new Draft(repositories.sorted);
  const conflicts: PatchConflict[] = [];
  /** What an operation would find after another one failed there tells nothing. */
  const failed = new Set<string>();
  for (const [index, operation] of patch.operations.entries()) {
    const repository = repositoryOf(operation);
    const place = `${repository}\n${operation.reference}`;
    if (failed.has(place)) continue;
    const found = draft.get(repository, operation.reference);
    const problem = conflictOf(operation, repository, found, repositories);
    if (problem !== undefined) {
      failed.add(place);
      const message = `operations[${index}]: ${operation.op} ${operation.reference}: ${problem}`;
      conflicts.push({ index, operation, found, message });
    } else
      draft.set(repository, operation.reference, operation.op === 'remove' ? undefined : operation.image);
  }
  if (conflicts.length > 0) throw new PatchConflictError(conflicts);
  const changes = draft.changes();
  if (changes.length === 0) return { repositories, changes };
  return { repositories: new Repositories(draft.finish(), false), changes };
}

/** The bucket of an operation. A key that does not parse and names no bucket stands in the one named like it. */
function repositoryOf(operation: Operation): string {
  const named = operation.op === 'remove' ? operation.repository : undefined;
  return named ?? impliedRepository(operation.reference) ?? operation.reference;
}

function conflictOf(
  operation: Operation,
  repository: string,
  found: string | undefined,
  repositories: Repositories,
): string | undefined {
  if (operation.op === 'add') {
    if (found === undefined || found === operation.image) return undefined;
    return `it is at ${JSON.stringify(found)} already, not at ${operation.image}; to lead it there, use move`;
  }
  if (found === undefined) return `it is not there${elsewhere(operation, repository, repositories)}`;
  if (operation.from === undefined || operation.from === found) return undefined;
  return `it is at ${JSON.stringify(found)}, expected ${JSON.stringify(operation.from)}`;
}

/** For a reference that is not where it was looked for: the buckets that do hold it. */
function elsewhere(operation: Operation, repository: string, repositories: Repositories): string {
  const holders = repositories.sorted
    .map((bucket) => bucket.name)
    .filter((name) => name !== repository && repositories.entry(name, operation.reference) !== undefined);
  if (holders.length === 0) return '';
  const names = holders.map((name) => JSON.stringify(name)).join(' and ');
  return ` in the repository ${JSON.stringify(repository)}, but in ${names}: say so with "repository"`;
}
