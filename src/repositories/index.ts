export { applyPatch, PatchConflictError } from './apply.ts';
export type { Change } from './change.ts';
export { diffRepositories } from './diff.ts';
export { mergeRepositories } from './merge.ts';
export { parseRepositories } from './parse.ts';
export {
  invertPatch,
  type Operation,
  type Patch,
  patchFromChanges,
} from './patch.ts';
export { NullRepositoriesError, ReferenceConflictError, ReferenceNotFoundError } from './reference-errors.ts';
export { type Entry, Repositories } from './repositories.ts';
export { RepositoriesParseError } from './repositories-parse-error.ts';
export {
  type Place,
  type RepositoriesScan,
  scanRepositories,
} from './scan.ts';
export { serializeRepositories } from './serialize.ts';
export { serializePatch } from './serialize-patch.ts';
