import { type LocatedStore, type LocateOptions, locateStore } from '../dataroot/locate.ts';
import { RefstoreError } from '../errors.ts';
import { readSnapshot } from './snapshot.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions extends LocateOptions {
  /** What this process is called in the lock and in the messages of those who wait. Default: process.title. */
  readonly command?: string | undefined;
}

/**
 * Finds a store, as locateStore does. Nothing of it is read yet, and its file need not exist.
 * @throws RefstoreError STORE_NOT_FOUND, STORE_AMBIGUOUS, READ_FAILED; USAGE for an empty name
 */
export async function openStore(options: OpenStoreOptions = {}): Promise<Store> {
  for (const name of ['dataRoot', 'driver', 'file'] as const) {
    // It would mean the current folder, which nobody meant.
    if (options[name] === '') throw new RefstoreError('USAGE', `${name} is empty`);
  }
  return storeAt(await locateStore(options), options.command ?? process.title);
}

/** What only some callers need is loaded when they need it: most commands read and are done. */
function storeAt(location: LocatedStore, command: string): Store {
  const { file } = location;
  const target = { location, command };
  const writing = () => import('./writing.ts');
  const keeping = () => import('./backups.ts');
  return {
    location,
    read: () => readSnapshot(file),
    commit: async (plan, options = {}) => (await writing()).commitAlone(target, plan, options),
    backups: async () => (await keeping()).examineBackups(file),
    readBackup: async (id) => (await keeping()).readBackup(file, id),
    backup: async (options = {}) => (await writing()).backUp(target, options),
    rollback: async (id, options = {}) => (await writing()).rollback(target, id, options),
    withLock: async (work, options = {}) => (await writing()).withLock(target, work, options),
  };
}
