import { RefstoreError } from '../../errors.ts';
import type { Unwritable } from '../../repositories/unwritable.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { choice, text } from '../framework/options.ts';
import { one } from '../framework/positionals.ts';
import { livableOptions } from '../options/write-options.ts';
import { readDiffFile } from '../target/diff-input.ts';
import { openTarget } from '../target/target.ts';
import { performPatch } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const merge = defineCommand({
  name: 'merge',
  description:
    'Adds the entries of another repositories.json to the store, one by one: no repository is replaced as a whole. Without --base nothing is removed; with it (the file that both come from) what was removed there is removed here. Entries that the daemon would never write are left out, with a warning.',
  options: {
    base: text('FILE', 'the repositories.json that both sides come from'),
    'on-conflict': choice(
      ['fail', 'ours', 'theirs'],
      'an entry at different images on both sides: fail (default), keep ours, or take theirs',
    ),
    ...livableOptions,
  },
  positionals: { file: one('FILE', 'the other repositories.json; - is standard input') },
  examples: [
    { line: 'merge preload.json', what: 'add what a preloaded file has and the store has not' },
    { line: 'merge --on-conflict theirs --dry-run preload.json', what: 'see what would move' },
  ],
  statuses: writeStatuses,
  writes: true,
  async run({ options, positionals }, context) {
    const { mergeRepositories } = await import('../../repositories/merge.ts');
    const { repositories: theirs } = await readDiffFile(positionals.file, context);
    const base =
      options.base === undefined ? undefined : (await readDiffFile(options.base, context)).repositories;
    const skipped: Unwritable[] = [];
    const merged = performPatch(
      {
        store: await openTarget(context),
        plan: ({ repositories: ours }) =>
          mergeRepositories({
            base,
            ours,
            theirs,
            onConflict: options['on-conflict'],
            onUnwritable: (entry) => skipped.push(entry),
          }),
        remarks: () =>
          skipped.map(
            ({ reference, why }) =>
              `${JSON.stringify(reference)} of the other file is left out, as the daemon would never write it: ${why}`,
          ),
        details: () => ({ skipped }),
      },
      options,
      context,
    );
    return merged.catch((error: unknown) => {
      const isBroken = error instanceof RefstoreError && error.code === 'INVALID_REPOSITORIES_FILE';
      throw isBroken ? brokenStore(error, positionals.file, context) : error;
    });
  },
});

/** The other file was read by then: it is the store that is broken, and the other file may tell its names. */
function brokenStore(error: RefstoreError, other: string, { program }: Context): RefstoreError {
  const file = other === '-' ? 'FILE' : other;
  return new RefstoreError('INVALID_REPOSITORIES_FILE', error.message, {
    hint: `nothing can be merged into a store that Docker refuses; repair it with the other file as a source: ${program} repair --from file:${file}`,
    details: error.details,
    cause: error,
  });
}
