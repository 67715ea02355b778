import type { Engine } from '../engine/engine.ts';
import { verifyLive } from '../engine/live.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarString } from '../reference/reference.ts';
import type { Change } from '../repositories/change.ts';
import type { CommitResult } from '../store/results.ts';

export interface ApplyCheck {
  /** Touched entries that the daemon has otherwise: it did not take the change, or not all of it. */
  readonly missing: readonly Change[];
  /** Other entries that are different: changes made since. */
  readonly others: readonly Change[];
}

/** Whether the daemon has what was written. Each touched reference is asked for by itself. */
export async function verifyApplied(
  engine: Engine,
  { repositories, patch }: Pick<CommitResult, 'repositories' | 'patch'>,
): Promise<ApplyCheck> {
  const references = [...new Set(patch.operations.map(({ reference }) => reference))];
  const touched = new Set(references.map(shownAs));
  const differences = await verifyLive(engine, repositories, { references });
  return {
    missing: differences.filter(({ reference }) => touched.has(reference)),
    others: differences.filter(({ reference }) => !touched.has(reference)),
  };
}

/** The form in which the daemon shows an entry. */
function shownAs(reference: string): string {
  const parsed = tryParseNormalizedNamed(reference);
  return parsed === undefined ? reference : familiarString(parsed);
}
