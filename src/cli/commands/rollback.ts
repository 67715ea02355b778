import { diffRepositories } from '../../repositories/diff.ts';
import { parseRepositories } from '../../repositories/parse.ts';
import { patchFromChanges } from '../../repositories/patch.ts';
import { Repositories } from '../../repositories/repositories.ts';
import { RepositoriesParseError } from '../../repositories/repositories-parse-error.ts';
import { refuseUnwritable } from '../../repositories/unwritable.ts';
import type { RolloutOptions } from '../../rollout/options.ts';
import type { Planner } from '../../store/options.ts';
import type { RestoreResult } from '../../store/results.ts';
import type { Store } from '../../store/store.ts';
import { defineCommand } from '../framework/command.ts';
import { one } from '../framework/positionals.ts';
import { writeOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import type { Outcome } from '../write/outcome.ts';
import { perform } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const rollback = defineCommand({
  name: 'rollback',
  description:
    'Restores the bytes of a backup. The file as it is now becomes a backup itself, so a rollback can be undone. With --restart the entries of the backup are written as the daemon would write them.',
  options: writeOptions,
  positionals: {
    id: one(
      'ID',
      'as backups lists it, or its beginning; latest; latest-good: the newest with entries in it',
    ),
  },
  examples: [
    { line: 'rollback --dry-run latest-good', what: 'what would change' },
    { line: 'rollback --yes ID', what: 'on a data root whose daemon is down' },
  ],
  statuses: writeStatuses,
  writes: true,
  async run({ options, positionals: { id } }, context) {
    const store = await openTarget(context, { mayBeMissing: true });
    const preview = await store.rollback(id, { dryRun: true });
    if (options.restart === 'stop-start' || options.restart === 'restart') {
      await requireWritable(store, id, preview);
    }
    return perform(
      { store, preview, ghosts: 'allow', apply: (rollout, runs) => apply(store, id, preview, rollout, runs) },
      options,
      context,
    );
  },
});

async function apply(
  store: Store,
  id: string,
  preview: RestoreResult,
  options: RolloutOptions,
  daemonRuns: boolean,
): Promise<Outcome> {
  const { strategy, lockTimeoutMs, onWait, signal } = options;
  if (strategy === 'stop-start' || strategy === 'restart') return rollOutBackup(store, id, preview, options);
  const daemon = strategy === 'none' ? 'allow' : 'refuse';
  const result = await store.rollback(id, { daemon, lockTimeoutMs, onWait, signal });
  const { effectWithoutRestart } = await import('../../rollout/rollout.ts');
  return { ...result, ...(await effectWithoutRestart(store, daemonRuns)) };
}

/** The entries of the backup, by the way that verifies them and takes them back if the daemon does not come up. */
async function rollOutBackup(
  store: Store,
  id: string,
  preview: RestoreResult,
  options: RolloutOptions,
): Promise<Outcome> {
  const wanted = preview.repositories ?? (await refuseBroken(store, id));
  const { rollOut } = await import('../../rollout/rollout.ts');
  const plan: Planner = ({ repositories }) => patchFromChanges(diffRepositories(repositories, wanted));
  return await rollOut(store, plan, {
    ...options,
    decode: parseOrEmpty,
    canonicalise: true,
    ghosts: 'allow',
  });
}

/**
 * With a restart the entries are written, and not the bytes: told before the plan is shown.
 * @throws RefstoreError INVALID_PATCH for entries that no patch can add
 * @throws RepositoriesParseError for a broken backup
 */
async function requireWritable(store: Store, id: string, preview: RestoreResult): Promise<void> {
  const wanted = preview.repositories ?? (await refuseBroken(store, id));
  const { bytes, stat } = await store.read();
  const now = stat === undefined ? Repositories.empty : parseOrEmpty(bytes, store.location);
  refuseUnwritable(
    diffRepositories(now, wanted),
    `the backup ${id}`,
    'stop the daemon, put the exact bytes back without --restart, and start it',
  );
}

/** @throws RepositoriesParseError: no daemon could be started on it */
async function refuseBroken(store: Store, id: string): Promise<Repositories> {
  const { backup, bytes } = await store.readBackup(id);
  return parseRepositories(bytes, { file: backup.file });
}

/** A broken file is replaced as a whole; its bytes go to the backups like any other. */
function parseOrEmpty(bytes: Uint8Array, options: { file: string }): Repositories {
  try {
    return parseRepositories(bytes, options);
  } catch (error) {
    if (error instanceof RepositoriesParseError) return Repositories.empty;
    throw error;
  }
}
