export { type Backup, type BackupContent, isGood } from './backup-name.ts';
export { backupsKept, type ExaminedBackup } from './backups.ts';
export type { LockHolder } from './lock-holder.ts';
export { type OpenStoreOptions, openStore } from './open.ts';
export type { CommitOptions, LockOptions, Planner, WriteOptions } from './options.ts';
export type { CommitResult, RestoreResult, WriteResult } from './results.ts';
export type { FileStat, Snapshot } from './snapshot.ts';
export type { BackupOptions, BackupResult, LockedStore, Store } from './store.ts';
