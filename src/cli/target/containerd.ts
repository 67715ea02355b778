import type { StoreLocation } from '../../dataroot/stores.ts';
import { RefstoreError } from '../../errors.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';
import { type RunningEngine, runningEngine, worksOn } from './running-engine.ts';

/** @param consequence a clause: what cannot be done for that reason */
export function containerdRefusal(consequence: string): RefstoreError {
  return new RefstoreError(
    'CONTAINERD_IMAGE_STORE',
    `the daemon uses the containerd image store and neither reads nor writes repositories.json: ${consequence}`,
    {
      hint: 'with the daemon running, refstore digests restore gives its images their digests, refstore load brings images in, and refstore verify checks them; with "features": {"containerd-snapshotter": false} in daemon.json it uses the graph driver store again; images pulled since are not in that one',
    },
  );
}

/**
 * A file that was named is meant, whatever a daemon makes of it.
 * @param running the daemon that answers, of whatever host and data root
 * @param consequence as in containerdRefusal
 * @throws RefstoreError CONTAINERD_IMAGE_STORE where the file is not what the daemon goes by, or will when it starts
 */
export async function requireGraphdriverStore(
  { dataRoot, isFileNamed }: StoreLocation,
  running: RunningEngine | undefined,
  consequence: string,
  { env }: Context,
): Promise<void> {
  if (dataRoot === undefined || isFileNamed) return;
  if (await isUnread(dataRoot, running, env)) throw containerdRefusal(consequence);
}

/** Says that what is listed are no images of the daemon's, where it uses the containerd image store. */
export async function warnOfDeadStore(
  { dataRoot, file, isFileNamed }: StoreLocation,
  context: Context,
): Promise<void> {
  if (dataRoot === undefined || isFileNamed) return;
  const { out, env } = context;
  if (!(await isUnread(dataRoot, await runningEngine(context), env))) return;
  const text = `warning: the daemon uses the containerd image store and does not read ${file}: these are entries of an old store, not its images`;
  await out.warn(out.errorColours.yellow(escapeText(text)));
}

/** Whether the daemon of a data root goes by containerd's store. What it uses counts, whatever its next start will. */
export async function isUnread(
  dataRoot: string,
  running: RunningEngine | undefined,
  env: Context['env'],
): Promise<boolean> {
  if (running !== undefined && (await worksOn(dataRoot, running))) {
    return running.info.imageStore === 'containerd';
  }
  const [{ decideImageStore }, { usualInstallations }] = await Promise.all([
    import('../../dataroot/image-store.ts'),
    import('../../dataroot/installations.ts'),
  ]);
  const { kind } = await decideImageStore(dataRoot, usualInstallations(env));
  return kind === 'containerd';
}
