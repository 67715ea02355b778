/**
 * The public API of docker-refstore. Only the names here are stable. Files inside src/ import each other and not this
 * one, which loads all of them.
 */

export { type CheckOptions, checkFacts, type Report } from './check/check.ts';
export { type Explanation, explain } from './check/explain/explain.ts';
export type { Finding, Summary } from './check/finding.ts';
export { formatFinding } from './check/format.ts';
export { repairBase } from './check/repair/base.ts';
export { planRepair, planRepairDetailed, type RepairPlan } from './check/repair/plan.ts';
export type { RepairPolicy } from './check/repair/policy.ts';
export type { Question, Step } from './check/repair/step.ts';
export { parseRequired, type RequiredOptions } from './check/require/required.ts';
export { type RuleName, ruleNames } from './check/rules/index.ts';
export { type Salvage, salvage } from './check/salvage/salvage.ts';
export { type Fix, type Severity, severities } from './check/severity.ts';
export { type CheckStoreOptions, type CheckTarget, checkStore } from './check-and-repair/check-store.ts';
export type { BackupNames, RepairLoss } from './check-and-repair/repair-loss.ts';
export {
  acceptLoss,
  type PlannedRepair,
  type PlanStoreRepairOptions,
  planStoreRepair,
  type RepairResult,
  repairStore,
  rollOutRepair,
} from './check-and-repair/repair-store.ts';
export type { RunOptions } from './cli/framework/command.ts';
export type { Environment, InputStream, OutputStream, Streams } from './cli/framework/streams.ts';
export { commands, type RefstoreCommand } from './cli/library.ts';
export { type CommanderLike, type MountOptions, mountCommands } from './cli/mount.ts';
export { runRefstore } from './cli/run.ts';
export { type DecidedImageStore, decideImageStore } from './dataroot/image-store.ts';
export type { ImageSummary } from './dataroot/image-summary.ts';
export { type DataRootUse, type DataRootUser, dataRootUse, dataRootUser } from './dataroot/in-use.ts';
export { type Installation, usualInstallations } from './dataroot/installations.ts';
export { type LocatedStore, type LocateOptions, locateStore } from './dataroot/locate.ts';
export { type StoreLocation, storesIn } from './dataroot/stores.ts';
export {
  type Exported,
  type ExportFromOptions,
  type ExportOptions,
  exportDigests,
  exportDigestsFrom,
} from './digests/export.ts';
export type { NotRestored, NotRestoredReason, RestoredDigest } from './digests/plan/decide-digest.ts';
export { formatNotRestored } from './digests/plan/reason-text.ts';
export type { RestorePlan } from './digests/plan/restore-plan.ts';
export type { RestorePolicy } from './digests/plan/restore-policy.ts';
export {
  formatVerified,
  type VerificationStatus,
  type Verified,
} from './digests/plan/verification-status.ts';
export {
  type PlannedRestore,
  type PlanRestoreOptions,
  planDigestRestore,
  restoreDigests,
  rollOutRestore,
} from './digests/restore.ts';
export {
  type Verification,
  type VerifyDigestsOptions,
  verifyDigests,
  verifyEngineDigests,
} from './digests/verify.ts';
export {
  type ConnectOptions,
  connectEngine,
  type DaemonManager,
  type Engine,
  type EngineContainer,
  EngineError,
  type EngineImage,
  type EngineInfo,
  type FindManagerOptions,
  findManager,
  type ImageStore,
  type LoadImagesOptions,
  liveRepositories,
  type ManagerCommands,
  type ManagerName,
  type Ping,
  RestartError,
  type RestartOptions,
  type RestartResult,
  type RestartStage,
  type RestartStrategy,
  restartDaemon,
  type VerifyOptions,
  verifyLive,
} from './engine/index.ts';
export {
  type ErrorCode,
  errorCodes,
  RefstoreError,
  type RefstoreErrorOptions,
  type WriteOutcome,
} from './errors.ts';
export type { Claim, Proof } from './facts/claim.ts';
export type { Facts, RequiredReference } from './facts/facts.ts';
export {
  type ApplyLiveOptions,
  applyLive,
  type HostReceipt,
  type LiveReceipt,
  type LiveResult,
  type PreparedLive,
  type PrepareLiveOptions,
  prepareLive,
  type Recovered,
  recoverLive,
} from './live/index.ts';
export { type LoadArchiveOptions, loadArchive, planLoadedDigests } from './load/load-archive.ts';
export { type PlanLoadOptions, type PlannedImage, type PlannedLoad, planLoad } from './load/plan-load.ts';
export {
  canonicalName,
  canonicalString,
  type Digest,
  familiarName,
  familiarString,
  type ImageId,
  InvalidReferenceError,
  isDigest,
  isImageId,
  parseAnyReference,
  parseDigest,
  parseDockerRef,
  parseImageId,
  parseNormalizedNamed,
  parseReference,
  type Reference,
  tagNameOnly,
  tryParseNormalizedNamed,
} from './reference/index.ts';
export {
  applyPatch,
  type Change,
  diffRepositories,
  type Entry,
  invertPatch,
  mergeRepositories,
  NullRepositoriesError,
  type Operation,
  type Patch,
  PatchConflictError,
  type Place,
  parseRepositories,
  patchFromChanges,
  ReferenceConflictError,
  ReferenceNotFoundError,
  Repositories,
  RepositoriesParseError,
  type RepositoriesScan,
  scanRepositories,
  serializePatch,
  serializeRepositories,
} from './repositories/index.ts';
export { parsePatch, patchSchema } from './repositories/patch-schema.ts';
export { type RolloutOptions, type RolloutResult, rollOut } from './rollout/index.ts';
export type { ClaimSource } from './sources/claim-source.ts';
export { type NameChange, type Naming, parseAs, parseNameChange } from './sources/evidence/naming.ts';
export { type DigestLock, serializeDigestLock } from './sources/lock/digest-lock.ts';
export { parseSource } from './sources/parse-source.ts';
export {
  type Backup,
  type CommitOptions,
  type CommitResult,
  type LockedStore,
  type LockOptions,
  type OpenStoreOptions,
  openStore,
  type Planner,
  type RestoreResult,
  type Snapshot,
  type Store,
  type WriteOptions,
  type WriteResult,
} from './store/index.ts';
export { version } from './version.ts';
