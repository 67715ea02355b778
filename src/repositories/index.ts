export { applyPatch, type PatchConflict, PatchConflictError } from './apply.ts';
export type { Change } from './change.ts';
export { diffRepositories } from './diff.ts';
export { type MergeConflict, type MergeOptions, mergeRepositories } from './merge.ts';
export { maxFileSize, type ParseOptions, parseRepositories } from './parse.ts';
export {
  type AddOperation,
  checkPatch,
  invertPatch,
  keyProblem,
  type MoveOperation,
  type Operation,
  type Patch,
  patchFromChanges,
  patchSchemaName,
  type RemoveOperation,
} from './patch.ts';
export { NullRepositoriesError, ReferenceConflictError, ReferenceNotFoundError } from './reference-errors.ts';
export { type Entry, Repositories } from './repositories.ts';
export { RepositoriesParseError } from './repositories-parse-error.ts';
export {
  type Place,
  placeAt,
  type RepositoriesScan,
  type ScanFailure,
  type ScannedEntry,
  type ScannedField,
  type ScannedRepository,
  scanRepositories,
  type ValueKind,
} from './scan.ts';
export { serializeRepositories } from './serialize.ts';
export { serializePatch } from './serialize-patch.ts';
export type { Unwritable } from './unwritable.ts';
