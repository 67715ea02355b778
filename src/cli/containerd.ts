import type { StoreLocation } from '../dataroot/stores.ts';
import { RefstoreError } from '../errors.ts';
import type { Context } from './command.ts';
import { type RunningEngine, worksOn } from './target.ts';

/** @param consequence a clause: what cannot be done for that reason */
export function containerdRefusal(consequence: string): RefstoreError {
  return new RefstoreError(
    'CONTAINERD_IMAGE_STORE',
    `the daemon uses the containerd image store and neither reads nor writes repositories.json: ${consequence}`,
    {
      hint: 'refstore load brings images in with their digests, and refstore verify checks them; with "features": {"containerd-snapshotter": false} in daemon.json it uses the graph driver store again; images pulled since are not in that one',
    },
  );
}

/**
 * A file that was named is meant, whatever a daemon makes of it.
 * @param running the daemon that answers, of whatever host and data root
 * @param consequence as in containerdRefusal
 * @throws RefstoreError CONTAINERD_IMAGE_STORE where the file is not what the daemon goes by, or will when it starts
 */
export async function refuseDeadStore(
  { dataRoot, isFileNamed }: StoreLocation,
  running: RunningEngine | undefined,
  consequence: string,
  { env }: Context,
): Promise<void> {
  if (dataRoot === undefined || isFileNamed) return;
  // What it uses counts, whatever its next start will use.
  if (running !== undefined && (await worksOn(dataRoot, running))) {
    if (running.info.imageStore === 'containerd') throw containerdRefusal(consequence);
    return;
  }
  const [{ decideImageStore }, { usualInstallations }] = await Promise.all([
    import('../dataroot/image-store.ts'),
    import('../dataroot/installations.ts'),
  ]);
  const { kind } = await decideImageStore(dataRoot, usualInstallations(env));
  if (kind === 'containerd') throw containerdRefusal(consequence);
}
