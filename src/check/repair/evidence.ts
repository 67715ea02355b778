import type { Report } from '../check-subject.ts';
import type { Claim } from '../claim.ts';
import { hiddenBuckets } from '../rules/duplicates.ts';
import { isMeaningful, readEntry, type StoredEntry, storeKey } from '../stored-entry.ts';
import type { Subject } from '../subject.ts';

/** What the facts themselves say, as claims: nobody has to be asked for it. */
export function evidenceOf({ subject, findings }: Report): Claim[] {
  const wrong = findings.filter(({ rule }) => rule === 'digest-wrong-image');
  return [
    ...hiddenEntries(subject),
    ...leftOut(subject),
    ...wrong.flatMap(({ reference = '' }) => manifestsOf(subject, reference)),
  ];
}

/** Entries of a repository that a later one of the same name hides: an earlier state of it, in the same file. */
export function hiddenEntries(subject: Subject): Claim[] {
  return hiddenBuckets(subject).flatMap(({ name, entries, offset }) =>
    entries
      .map((entry) => readEntry({ repository: name, reference: entry.reference, imageId: entry.imageId }))
      .filter(isMeaningful)
      .map((entry) => fromFile(entry, `hidden by a later ${name}, line ${subject.placeAt(offset).line}`)),
  );
}

/**
 * Whole entries of the file that are not in the base: one reference with two images in two pieces of a broken file,
 * and what stands where the daemon does not look. Wanted only where an image or a reference lacks them.
 */
function leftOut({ isCanonical, bytes, salvage, decoded }: Subject): Claim[] {
  if (isCanonical || bytes === undefined) return [];
  return salvage.lost.flatMap(({ kind, repository = '', reference = '', imageId = '', offset }) =>
    // Of a file that the daemon refuses, every name counts as lost: another field says nothing of them.
    kind === 'conflict' || (kind === 'ignored' && decoded !== undefined)
      ? fromFile(readEntry({ repository, reference, imageId }), `stands at byte ${offset} of the file`)
      : [],
  );
}

/** The entries of a conflict, for a question: which of them is right the file cannot say. */
export function rivalEntries(subject: Subject, key: string): Claim[] {
  return subject.entries
    .filter((entry) => isMeaningful(entry) && storeKey(entry.reference) === key)
    .map((entry) => fromFile(entry, `the key ${entry.reference} in the repository ${entry.repository}`));
}

/** The manifest that proves the entry wrong also says what is right. */
function manifestsOf({ facts: { digestProofs = [] } }: Subject, reference: string): Claim[] {
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
