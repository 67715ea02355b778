export type { Backup } from './backup-name.ts';

export { type OpenStoreOptions, openStore } from './open.ts';
export type { CommitOptions, LockOptions, Planner, WriteOptions } from './options.ts';
export type { CommitResult, RestoreResult, WriteResult } from './results.ts';
export type { Snapshot } from './snapshot.ts';
export type { LockedStore, Store } from './store.ts';
