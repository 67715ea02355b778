import type { ScannedRepository } from '../../../repositories/scan.ts';
import type { CheckContext } from '../../check-context.ts';

/** The same name twice in one object. Which of them the daemon takes depends on the level. */

/** Repositories that a later one of the same name replaces, with all that is in them. */
export function hiddenRepositories(context: CheckContext): ScannedRepository[] {
  return scannedRepositories(context).filter(
    (repository) => !repository.effective && repository.valueKind === 'object',
  );
}

export function scannedRepositories(context: CheckContext): ScannedRepository[] {
  return mayHaveDuplicates(context) ? context.scan.fields.flatMap((field) => field.buckets) : [];
}

/** A file as the daemon writes it has no duplicates; one that it refuses has other troubles. */
export function mayHaveDuplicates(context: CheckContext): boolean {
  return context.decoded !== undefined && !context.isCanonical && context.bytes !== undefined;
}
