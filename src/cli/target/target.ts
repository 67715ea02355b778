import { RefstoreError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import type { Context } from '../framework/command.ts';
import { sayWhere, whereToLook } from './read-target.ts';
import { isContainerds, runningEngine } from './running-engine.ts';

export interface OpenTargetOptions {
  /** For what finds out that the file is missing, or brings it back: one that was named need not be there. */
  readonly mayBeMissing?: boolean;
}

/**
 * The store that the global options name, or that of the running daemon.
 * @throws what openStore throws; ENGINE_FAILED when the daemon to ask runs on another host, or was named, does not
 *   answer, and nothing else says which files are meant; CONTAINERD_IMAGE_STORE
 *   when there is none, as the daemon needs none
 */
export async function openTarget(
  context: Context,
  { mayBeMissing = false }: OpenTargetOptions = {},
): Promise<Store> {
  const { openStore } = await import('../../store/open.ts');
  const command = `${context.program} ${context.command}`;
  try {
    const store = await openStore({ ...whereToLook(context), command });
    await sayWhere(store.location, context);
    if (!mayBeMissing) await (await import('./no-file.ts')).requireNamedFile(store.location);
    return store;
  } catch (error) {
    const isNone = error instanceof RefstoreError && error.code === 'STORE_NOT_FOUND';
    if (!isNone || !(await isContainerds(await runningEngine(context), context))) throw error;
    const { containerdRefusal } = await import('./containerd.ts');
    throw containerdRefusal('there is no such file here');
  }
}
