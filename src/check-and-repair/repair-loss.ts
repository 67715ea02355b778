import { repositoriesOrUndefined } from '../check/decode.ts';
import { repairBase } from '../check/repair/base.ts';
import type { RepairPlan } from '../check/repair/plan.ts';
import { readEntries } from '../check/stored-entry.ts';
import { type ImageSummary, summariseImages } from '../dataroot/image-summary.ts';
import { RefstoreError } from '../errors.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { Backup } from '../store/backup-name.ts';

import type { Store } from '../store/store.ts';
import { type ProgressOptions, ProgressTracker } from '../util/progress.ts';

/** What a repair would leave to the next prune, and where the names may be. */
export interface RepairLoss {
  /** The images of RepairPlan.prunable, at most 1000, as they look on disk. */
  readonly images: readonly ImageSummary[];
  /** The newest backup that holds names: one on which a daemon would start, where there is one. */
  readonly backup: BackupNames | undefined;
}

export interface BackupNames {
  readonly backup: Backup;
  /** How many entries it holds. */
  readonly entries: number;
  /** How many of the images in RepairPlan.prunable have a tag in it. */
  readonly named: number;
}

const mostImages = 1000;
/** A store keeps ten; a person may have put more there. */
const mostBackups = 20;

/** @throws RefstoreError READ_FAILED for a folder of backups that cannot be read; ABORTED */
export async function repairLoss(
  store: Store,
  { prunable }: RepairPlan,
  options: Pick<ProgressOptions, 'signal'>,
): Promise<RepairLoss> {
  const { dataRoot, driver } = store.location;
  const images =
    dataRoot === undefined || driver === undefined
      ? []
      : await summariseImages(
          prunable.slice(0, mostImages),
          { dataRoot, driver },
          new ProgressTracker(options),
        );
  return { images, backup: await newestNames(store, new Set(prunable)) };
}

async function newestNames(store: Store, prunable: ReadonlySet<string>): Promise<BackupNames | undefined> {
  let salvaged: BackupNames | undefined;
  for (const { id } of (await store.backups()).slice(0, mostBackups)) {
    const read = await readable(store, id);
    if (read === undefined) continue;
    const { backup, bytes } = read;
    const decoded = repositoriesOrUndefined(bytes);
    if (decoded !== undefined && decoded.size > 0) return namesOf(backup, decoded, prunable);
    const whole = salvaged === undefined && decoded === undefined ? repairBase(bytes) : undefined;
    if (whole !== undefined && whole.size > 0) salvaged = namesOf(backup, whole, prunable);
  }
  return salvaged;
}

/** One that is damaged or gone by now names nothing; asked for by name, it says why. */
async function readable(
  store: Store,
  id: string,
): Promise<Awaited<ReturnType<Store['readBackup']>> | undefined> {
  try {
    return await store.readBackup(id);
  } catch (error) {
    if (error instanceof RefstoreError) return undefined;
    throw error;
  }
}

function namesOf(backup: Backup, held: Repositories, prunable: ReadonlySet<string>): BackupNames {
  const tagged = readEntries(held.entries()).filter(({ parsed }) => parsed?.tag !== undefined);
  const named = new Set(tagged.map(({ imageId }) => imageId).filter((imageId) => prunable.has(imageId)));
  return { backup, entries: held.size, named: named.size };
}
