import { Repositories } from '../../repositories/repositories.ts';
import { salvage } from '../salvage/salvage.ts';

/**
 * What a repair plan is applied to: what the daemon reads, or where it refuses the file, every whole entry; without
 * buckets that hold nothing. To be given to Store.commit as `decode`. Never throws on content.
 */
export function repairBase(bytes: Uint8Array): Repositories {
  return withoutEmptyBuckets(salvage(bytes).repositories);
}

export function withoutEmptyBuckets(repositories: Repositories): Repositories {
  return Repositories.fromEntries(repositories.entries());
}
