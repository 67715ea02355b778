import type { Claim } from '../../facts/claim.ts';
import type { Report } from '../check.ts';
import type { CheckContext } from '../check-context.ts';
import { hiddenRepositories } from '../rules/utils/duplicates.ts';

import { isResolvable, readEntry, type StoredEntry, storeKey } from '../stored-entry.ts';

/** What the facts themselves say, as claims: nobody has to be asked for it. */
export function evidenceOf({ context, findings }: Report): Claim[] {
  const wrong = findings.filter(({ rule }) => rule === 'digest-wrong-image');
  return [
    ...hiddenEntries(context),
    ...leftOut(context),
    ...wrong.flatMap(({ reference = '' }) => manifestsOf(context, reference)),
  ];
}

/** Entries of a repository that a later one of the same name hides: an earlier state of it, in the same file. */
export function hiddenEntries(context: CheckContext): Claim[] {
  return hiddenRepositories(context).flatMap(({ name, entries, offset }) =>
    entries
      .map((entry) => readEntry({ repository: name, reference: entry.reference, imageId: entry.imageId }))
      .filter(isResolvable)
      .map((entry) => fromFile(entry, `hidden by a later ${name}, line ${context.placeAt(offset).line}`)),
  );
}

/**
 * Whole entries of the file that are not in the base: one reference with two images in two pieces of a broken file,
 * and what stands where the daemon does not look. Wanted only where an image or a reference lacks them.
 */
function leftOut({ isCanonical, bytes, salvage, decoded }: CheckContext): Claim[] {
  if (isCanonical || bytes === undefined) return [];
  return salvage.lost.flatMap(({ kind, repository = '', reference = '', imageId = '', offset }) =>
    // Of a file that the daemon refuses, every name counts as lost: another field says nothing of them.
    kind === 'conflict' || (kind === 'ignored' && decoded !== undefined)
      ? fromFile(readEntry({ repository, reference, imageId }), `stands at byte ${offset} of the file`)
      : [],
  );
}

/** The entries of a conflict, for a question: which of them is right the file cannot say. */
export function conflictingEntries(context: CheckContext, key: string): Claim[] {
  return context.entries
    .filter((entry) => isResolvable(entry) && storeKey(entry.reference) === key)
    .map((entry) => fromFile(entry, `the key ${entry.reference} in the repository ${entry.repository}`));
}

/** The manifest that proves the entry wrong also says what is right. */
function manifestsOf({ facts: { digestProofs = [] } }: CheckContext, reference: string): Claim[] {
  const digest = reference.slice(reference.lastIndexOf('@') + 1);
  return digestProofs
    .filter((proof) => proof.digest === digest)
    .flatMap(({ imageIds, source }) =>
      imageIds.map((imageId) => ({
        reference,
        imageId,
        source,
        proof: 'digest' as const,
        detail: `manifest ${digest}`,
      })),
    );
}

function fromFile({ reference, imageId }: StoredEntry, detail: string): Claim {
  return { reference, imageId, source: 'the file:', proof: 'backup', detail };
}
