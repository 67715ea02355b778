import type { Engine } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import type { LiveStep } from './plan-live.ts';
import { removeName } from './remove-name.ts';

/**
 * Undoes steps of a live change, the last one first.
 * @returns the references that are not as they were
 */
export async function undoSteps(steps: readonly LiveStep[], engine: Engine): Promise<string[]> {
  const remaining: string[] = [];
  for (const step of [...steps].reverse()) {
    if (!(await undoStep(step, engine))) remaining.push(step.change.reference);
  }
  return remaining;
}

async function undoStep({ way, change }: LiveStep, engine: Engine): Promise<boolean> {
  try {
    const { reference } = change;
    if (change.op === 'add') return await removeName(engine, reference, change.image);
    // Of a digest the daemon would have to be shown the manifest again, which may be the one that proves nothing.
    if (way === 'pull' || reference.includes('@')) return false;
    const { tag = 'latest', ...name } = parseNormalizedNamed(reference);
    await engine.tagImage(change.from, familiarName(name), tag);
    return true;
  } catch (error) {
    if (error instanceof RefstoreError) return false; // behind the error for which it is undone
    throw error;
  }
}
