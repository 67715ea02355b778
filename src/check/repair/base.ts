import { Repositories } from '../../repositories/repositories.ts';
import { repositoriesOrUndefined } from '../decode.ts';
import { salvage } from '../salvage/salvage.ts';

/**
 * What a repair plan is applied to: what the daemon reads, or where it refuses the file, every whole entry; without
 * buckets that hold nothing. To be given to Store.commit as `decode`.
 * @throws RefstoreError LIMIT_EXCEEDED for more entries than any host has; never for what is wrong with the file
 */
export function repairBase(bytes: Uint8Array): Repositories {
  return withoutEmptyBuckets(repositoriesOrUndefined(bytes) ?? salvage(bytes).repositories);
}

export function withoutEmptyBuckets(repositories: Repositories): Repositories {
  return Repositories.fromEntries(repositories.entries());
}
