import type { Engine, RequestOptions } from '../engine/engine.ts';

/** On every container that is made here; none is ever started. */
export const probeLabel = 'docker-refstore.probe';

/**
 * Whether a container can be created from a reference, without a pull; it is removed at once. Nothing less tells it:
 * with Docker 28.5 inspect, history and the list of images show what cannot run in the same way as what can.
 * @returns undefined where it can, else the daemon's reason
 * @throws RefstoreError ENGINE_FAILED, ABORTED
 */
export async function whyNotRunnable(
  engine: Engine,
  reference: string,
  options: RequestOptions = {},
): Promise<string | undefined> {
  let reason = '';
  const onRefused = (text: string) => {
    reason = text;
  };
  const labels = { [probeLabel]: 'true' };
  const id = await engine.createContainer({ ...options, image: reference, labels, onRefused });
  if (id === undefined) return reason === '' ? 'the daemon does not say why' : reason;
  // Whatever the signal says: what was made is removed.
  await engine.removeContainer(id);
  return undefined;
}

/** Removes what an interrupted run left. */
export async function removeProbes(engine: Engine, options: RequestOptions = {}): Promise<void> {
  for (const { id } of await engine.createdContainers(probeLabel, options)) {
    await engine.removeContainer(id, options);
  }
}
