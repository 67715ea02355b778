import { RefstoreError } from '../errors.ts';
import { isImageId } from '../reference/digest.ts';
import { InvalidReferenceError } from '../reference/invalid-reference-error.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarName, familiarString, type Reference } from '../reference/reference.ts';
import { quoted, shownReference } from '../util/escape.ts';
import type { Change } from './change.ts';

import { ambiguousName } from './repositories.ts';

export const patchSchemaName = 'docker-refstore/patch/v1';

/** Adds an entry. Nothing happens when it is there with the same image; with another image it conflicts. */
export interface AddOperation {
  readonly op: 'add';
  /** A key that the daemon would write: `name:tag` or `name@digest` in familiar form. */
  readonly reference: string;
  /** `sha256:<64 lower-case hex>`. */
  readonly image: string;
}

/** Leads an entry to another image. Conflicts when it is not there, or not at `from`. */
export interface MoveOperation {
  readonly op: 'move';
  readonly reference: string;
  readonly from?: string | undefined;
  readonly image: string;
}

/** Removes an entry as it stands, odd ones too. Conflicts when it is not there, or not at `from`. */
export interface RemoveOperation {
  readonly op: 'remove';
  readonly reference: string;
  readonly from?: string | undefined;
  /** The bucket, where the reference implies another one or none. */
  readonly repository?: string | undefined;
}

export type Operation = AddOperation | MoveOperation | RemoveOperation;

/** What is to be changed in a store, as data: printed, reviewed, stored, inverted, applied. */
export interface Patch {
  readonly schema: typeof patchSchemaName;
  /** The bytes that it was planned against: sha256 in lower-case hex. */
  readonly base?: { readonly sha256: string } | undefined;
  /** Applied in this order. */
  readonly operations: readonly Operation[];
}

/**
 * The patch that makes these changes.
 * @throws RefstoreError INVALID_PATCH when a key to be added or moved is one that the daemon would not write
 */
export function patchFromChanges(changes: readonly Change[], base?: { sha256: string }): Patch {
  const operations = changes.map(operationOf);
  const patch: Patch = { schema: patchSchemaName, ...(base === undefined ? {} : { base }), operations };
  checkPatch(patch);
  const misplaced = changes.flatMap((change) => {
    const problem = placeProblem(change);
    return problem === undefined ? [] : [`${change.op} ${shownReference(change.reference)}: ${problem}`];
  });
  if (misplaced.length > 0) throw invalidPatch(misplaced);
  return patch;
}

/** Why the daemon would not put an entry where it stands; undefined where it would, or the entry is removed. */
export function placeProblem({ op, repository, reference }: Change): string | undefined {
  if (op === 'remove' || repository === impliedRepository(reference)) return undefined;
  return `it stands in the repository ${quoted(repository)}, where the daemon would not put it`;
}

/**
 * The patch that undoes this one. It undoes exactly what was done when each operation of this one has made its
 * change: take the patch of the changes that applyPatch returned.
 * @throws RefstoreError INVALID_PATCH when a `from` that it needs is missing
 */
export function invertPatch(patch: Patch): Patch {
  const problems: string[] = [];
  const operations: Operation[] = [];
  for (const [index, operation] of patch.operations.entries()) {
    const inverse = invertOperation(operation);
    const problem = typeof inverse === 'string' ? inverse : operationProblem(inverse)?.message;
    if (problem !== undefined) {
      const { op, reference } = operation;
      problems.push(`operations[${index}]: ${op} ${shownReference(reference)} cannot be undone: ${problem}`);
    } else if (typeof inverse !== 'string') operations.push(inverse);
  }
  if (problems.length > 0) throw invalidPatch(problems);
  return { schema: patchSchemaName, operations: operations.reverse() };
}

/** The bucket in which the daemon looks for this key; undefined for a key that does not parse. */
export function impliedRepository(reference: string): string | undefined {
  const parsed = tryParseNormalizedNamed(reference);
  return parsed === undefined ? undefined : familiarName(parsed);
}

/** @throws RefstoreError INVALID_PATCH that lists every operation that could be applied to no store */
export function checkPatch(patch: Patch): void {
  // Callers without types hand over anything.
  if (typeof patch !== 'object' || patch === null) throw invalidPatch([`it is ${String(patch)}, no object`]);
  const problems: string[] = [];
  if (patch.schema !== patchSchemaName) {
    problems.push(`schema is ${quoted(String(patch.schema))}, expected ${quoted(patchSchemaName)}`);
  }
  if (!Array.isArray(patch.operations)) throw invalidPatch([...problems, 'operations is no list']);
  for (const [index, operation] of patch.operations.entries()) {
    const problem = operationProblem(operation);
    if (problem !== undefined) problems.push(`operations[${index}].${problem.field}: ${problem.message}`);
  }
  if (problems.length > 0) throw invalidPatch(problems);
}

/** What is wrong with an operation by itself, whatever the store; undefined when nothing is. */
export function operationProblem(operation: Operation): { field: string; message: string } | undefined {
  if (typeof operation !== 'object' || operation === null) {
    return { field: 'op', message: 'the operation is no object' };
  }
  const { op, reference } = operation;
  if (op !== 'add' && op !== 'move' && op !== 'remove') {
    return { field: 'op', message: `${quoted(String(op))} is not add, move or remove` };
  }
  if (typeof reference !== 'string') return { field: 'reference', message: 'it is no string' };
  if (op === 'remove') return undefined;
  const message = keyProblem(reference);
  if (message !== undefined) return { field: 'reference', message };
  if (typeof operation.image !== 'string') return { field: 'image', message: 'it is no string' };
  if (isImageId(operation.image)) return undefined;
  return {
    field: 'image',
    message: `${quoted(operation.image)} is not an image ID: sha256: and 64 lower-case hex digits`,
  };
}

/** Why the daemon would never write this key; undefined for one that it would. */
export function keyProblem(key: string): string | undefined {
  const shown = quoted(key);
  const reference = readKey(key);
  if (typeof reference === 'string') return reference;
  const { tag, digest } = reference;
  if (tag === undefined && digest === undefined) return `${shown} has neither tag nor digest`;
  if (tag !== undefined && digest !== undefined) {
    return `${shown} has a tag and a digest: name one of them, the daemon keeps them apart`;
  }
  const familiar = familiarString(reference);
  if (familiar !== key) return `${shown} is not how the daemon writes it: ${quoted(familiar)}`;
  if (familiarName(reference) === ambiguousName) {
    return `${shown}: the daemon refuses the name ${ambiguousName}, which reads as an image ID`;
  }
  return undefined;
}

/** @param problems one sentence each, with the operation it is about */
export function invalidPatch(problems: readonly string[], options: { cause?: unknown } = {}): RefstoreError {
  return new RefstoreError('INVALID_PATCH', `the patch is not valid: ${summarise(problems)}`, {
    hint: 'correct the patch; nothing was changed',
    details: { problems: [...problems] },
    ...options,
  });
}

const shownProblems = 3;

/** The first few, and how many more there are. */
export function summarise(problems: readonly string[]): string {
  const first = problems.slice(0, shownProblems).join('; ');
  const more = problems.length - shownProblems;
  return more > 0 ? `${first}; and ${more} more` : first;
}

function operationOf(change: Change): Operation {
  const { repository, reference } = change;
  if (change.op === 'add') return { op: 'add', reference, image: change.image };
  if (change.op === 'move') return { op: 'move', reference, from: change.from, image: change.image };
  const implied = impliedRepository(reference) === repository;
  return { op: 'remove', reference, from: change.from, ...(implied ? {} : { repository }) };
}

function invertOperation(operation: Operation): Operation | string {
  const { op, reference } = operation;
  if (op === 'add') return { op: 'remove', reference, from: operation.image };
  if (operation.from === undefined) return 'it does not say "from", the image that was there';
  if (op === 'move') return { op: 'move', reference, from: operation.image, image: operation.from };
  const { repository } = operation;
  if (repository !== undefined && repository !== impliedRepository(reference)) {
    return `the daemon would not write it into the repository ${quoted(repository)}`;
  }
  return { op: 'add', reference, image: operation.from };
}

/** The reference, or what is wrong with it and what to do. */
function readKey(key: string): Reference | string {
  try {
    return parseNormalizedNamed(key);
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  }
}
