import type { RestoredDigest } from '../digests/plan/decide-digest.ts';

import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { impliedRepository } from '../repositories/patch.ts';
import { throwIfAborted } from '../util/abort.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import type { Progress } from '../util/progress.ts';
import type { PlannedEngineRestore, PlannedRecord } from './plan-restore.ts';
import { removeProbes, whyNotRunnable } from './probe.ts';
import { thinArchive } from './thin-archive.ts';

export interface EngineRestoreOptions {
  readonly engine: Engine;
  /** Heeded between one archive and the next: what was begun is finished. */
  readonly signal?: AbortSignal | undefined;
  /** Digests that were given and proven. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface RefusedDigest {
  /** Familiar `name@digest`. */
  readonly reference: string;
  /** The daemon's own words. */
  readonly reason: string;
  /** False where the name was left: a tag of its repository has the same digest, and would go with it. */
  readonly takenBack: boolean;
}

export interface EngineRestoreResult {
  /** Each was proven: a container could be created from it. */
  readonly restored: readonly RestoredDigest[];
  /** What the daemon took and cannot run. */
  readonly refused: readonly RefusedDigest[];
}

/** In one archive: the daemon takes some 30 ms for each, and an interruption waits for them. */
const batchSize = 50;
const concurrency = 4;

/**
 * Gives a daemon with the containerd image store the digests of a plan, through its API: no restart, no registry, no
 * file. Each is proven by a container that is created and removed; what does not hold is taken back.
 * @throws RefstoreError ENGINE_FAILED; ABORTED, with what was given before it: it stays, and the next run goes on
 */
export async function restoreThroughEngine(
  { records, restored }: PlannedEngineRestore,
  { engine, signal, onProgress }: EngineRestoreOptions,
): Promise<EngineRestoreResult> {
  await removeProbes(engine);
  const refused: RefusedDigest[] = [];
  for (let first = 0; first < records.length; first += batchSize) {
    throwIfAborted(signal);
    const batch = records.slice(first, first + batchSize);
    refused.push(...(await give(batch, engine)));
    onProgress?.({ done: Math.min(first + batchSize, records.length), total: records.length });
  }
  const isRefused = new Set(refused.map(({ reference }) => reference));
  return { restored: restored.filter(({ reference }) => !isRefused.has(reference)), refused };
}

/** One that cannot be unpacked ends the load of those behind it (26.1), so what fails is tried once more by itself. */
async function give(batch: readonly PlannedRecord[], engine: Engine): Promise<RefusedDigest[]> {
  const failed = await loadAndProbe(batch, engine);
  if (batch.length === 1) return await revertChange(failed, engine);
  const refused: RefusedDigest[] = [];
  for (const record of failed.keys()) refused.push(...(await give([record], engine)));
  return refused;
}

async function loadAndProbe(
  batch: readonly PlannedRecord[],
  engine: Engine,
): Promise<ReadonlyMap<PlannedRecord, string>> {
  let said: string | undefined;
  try {
    await engine.loadImages(thinArchive(batch));
  } catch (error) {
    // Its answer, which tells what is wrong; not a connection that broke.
    if (!(error instanceof EngineError) || error.reason !== 'status') throw error;
    said = error.message;
  }
  const failed = new Map<PlannedRecord, string>();
  await forEachConcurrently(batch, concurrency, async (record) => {
    const reason = await whyNotRunnable(engine, record.reference);
    if (reason !== undefined) failed.set(record, said ?? reason);
  });
  return failed;
}

async function revertChange(
  failed: ReadonlyMap<PlannedRecord, string>,
  engine: Engine,
): Promise<RefusedDigest[]> {
  const refused: RefusedDigest[] = [];
  for (const [{ reference }, reason] of failed) {
    const takenBack = !(await sharesItsName(reference, engine));
    if (takenBack) await engine.removeImage(reference);
    refused.push({ reference, reason, takenBack });
  }
  return refused;
}

/** The daemon takes the tags of a repository away with a digest that they have (26.1, 28.5). */
async function sharesItsName(reference: string, engine: Engine): Promise<boolean> {
  const repository = impliedRepository(reference);
  const tags = (await engine.inspectImage(reference))?.tags ?? [];
  return tags.some((tag) => !tag.includes('@') && impliedRepository(tag) === repository);
}
