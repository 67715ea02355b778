import { setTimeout as pause } from 'node:timers/promises';
import { forEachConcurrently } from '../util/concurrency.ts';
import type { Engine, RequestOptions } from './engine.ts';

/** A container that runs, and whether it comes back when its daemon is stopped and started (without live-restore). */
export interface RunningContainer {
  readonly id: string;
  readonly name: string;
  /** `no`, `always`, `unless-stopped` or `on-failure`. */
  readonly restartPolicy: string;
  /** `--rm`: the daemon removes it when it has ended. */
  readonly autoRemove: boolean;
}

const concurrency = 16;

/** @throws EngineError, RefstoreError ABORTED */
export async function runningContainers(
  engine: Engine,
  options?: RequestOptions,
): Promise<RunningContainer[]> {
  const listed = await engine.runningContainers(options);
  const found = new Map<string, RunningContainer>();
  await forEachConcurrently(listed, concurrency, async ({ id, names }) => {
    const policy = await engine.containerPolicy(id, options);
    if (policy === undefined) return; // it has ended, and is gone
    const { autoRemove, restartPolicy } = policy;
    found.set(id, {
      id,
      name: (names[0] ?? id).replace(/^\//, ''),
      restartPolicy: restartPolicy === '' ? 'no' : restartPolicy,
      autoRemove,
    });
  });
  return listed.flatMap(({ id }) => found.get(id) ?? []);
}

/**
 * Whether the daemon starts a container again that it stopped as it ended: `always` and `unless-stopped` it does;
 * `on-failure` depends on the status with which the container ends.
 */
export function comesBack({ restartPolicy, autoRemove }: RunningContainer): 'yes' | 'no' | 'maybe' {
  if (autoRemove) return 'no';
  if (restartPolicy === 'always' || restartPolicy === 'unless-stopped') return 'yes';
  return restartPolicy === 'on-failure' ? 'maybe' : 'no';
}

/** The daemon starts them before it answers, but for those that take longer. */
const graceMs = 2_000;

/**
 * Those of before that do not run now. Those that should come back get a moment.
 * @throws EngineError, RefstoreError ABORTED
 */
export async function notRunningAnyMore(
  engine: Engine,
  before: readonly RunningContainer[],
  options?: RequestOptions,
): Promise<RunningContainer[]> {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const now = new Set((await engine.runningContainers(options)).map(({ id }) => id));
    const missing = before.filter(({ id }) => !now.has(id));
    if (missing.every((one) => comesBack(one) !== 'yes') || performance.now() > deadline) return missing;
    await pause(100);
  }
}
