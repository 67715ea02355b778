import { RefstoreError } from '../errors.ts';
import { shownReference } from '../util/escape.ts';
import type { Change } from './change.ts';
import { operationProblem, placeProblem, summarise } from './patch.ts';

/** An entry that no patch can add, as the daemon would never write it. */
export interface Unwritable {
  readonly repository: string;
  readonly reference: string;
  readonly image: string;
  readonly why: string;
}

/** Why no patch can make this change; undefined where one can. Whatever stands in a file can be removed. */
export function unwritable(change: Change): Unwritable | undefined {
  if (change.op === 'remove') return undefined;
  const { op, repository, reference, image } = change;
  const why = operationProblem({ op, reference, image })?.message ?? placeProblem(change);
  return why === undefined ? undefined : { repository, reference, image, why };
}

/**
 * For a patch that is made from the contents of a file or a backup, which the user did not write.
 * @param holder what holds the entries: `the backup 2026…`
 * @throws RefstoreError INVALID_PATCH that names them
 */
export function refuseUnwritable(changes: readonly Change[], holder: string, hint: string): void {
  const entries = changes.flatMap((change) => unwritable(change) ?? []);
  if (entries.length === 0) return;
  const count = entries.length === 1 ? 'an entry' : `${entries.length} entries`;
  const lines = entries.map(({ reference, why }) => `${shownReference(reference)}: ${why}`);
  throw new RefstoreError(
    'INVALID_PATCH',
    `${holder} holds ${count} that no patch can add: ${summarise(lines)}`,
    {
      hint,
      details: { entries },
    },
  );
}
