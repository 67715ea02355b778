import { countImages } from '../../dataroot/has-image.ts';
import { usualInstallations } from '../../dataroot/installations.ts';
import { RefstoreError, withOutcome } from '../../errors.ts';
import type { Patch } from '../../repositories/patch.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import type { RolloutOptions } from '../../rollout/options.ts';
import { refuseGhosts } from '../../store/ghosts.ts';
import type { Planner } from '../../store/options.ts';
import type { WriteResult } from '../../store/results.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { Store } from '../../store/store.ts';
import { escapeText } from '../../util/escape.ts';
import { countChanges, formatChanges } from '../formatters/changes.ts';
import type { Context } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { writeDocument } from '../framework/write-document.ts';
import type { LiveOptions, WriteOptions } from '../options/write-options.ts';
import { confirm } from './confirm.ts';
import { criticalStep } from './critical-step.ts';
import { type DaemonPlan, describeRestart, planDaemon, refuseRunning } from './daemon-plan.ts';
import { applyLiveNow, decideWay, type LiveWrite, namingWays, plannedReceipt } from './live.ts';
import { lockWait } from './lock-wait.ts';
import { type Outcome, outcomeOf, printOutcome } from './outcome.ts';
import { remarksOn } from './remarks.ts';

/** A write that has been planned and not been made. */
export interface Write {
  readonly store: Store;
  readonly preview: Preview;
  /** What to do about names of images that are not there; a rollback puts back what was. */
  readonly ghosts: 'refuse' | 'allow';
  /** Makes it: what was shown, or nothing. */
  apply(options: RolloutOptions, daemonRuns: boolean): Promise<Outcome>;
  /** What a running daemon is asked for; undefined where it cannot make such a change. */
  readonly live?: LiveWrite | undefined;
  /** What the JSON document says besides. */
  readonly details?: (() => Readonly<Record<string, unknown>>) | undefined;
  /** Says what became of it, for a command that has more to say than that; gives the exit status. */
  finish?(outcome: Outcome): Promise<number>;
}

export interface Preview extends WriteResult {
  /** For --out. */
  readonly patch: Patch | undefined;
  readonly repositories: Repositories | undefined;
}

export interface PatchWrite {
  readonly store: Store;
  readonly plan: Patch | Planner;
  /** Names of images that are not there. Default: refuse. */
  readonly ghosts?: 'refuse' | 'allow';
  /** What is to be told of the plan, once it is made: a warning each. */
  readonly remarks?: () => readonly string[];
  readonly details?: () => Readonly<Record<string, unknown>>;
}

/**
 * Plans a patch and performs it. The planner is asked once: what is written is what was shown, its operations
 * holding the images that were seen, so that an entry which changes meanwhile is a conflict and any other is not.
 */
export async function performPatch(
  { store, plan, ghosts = 'refuse', remarks, details }: PatchWrite,
  options: WriteOptions & Partial<LiveOptions>,
  context: Context,
): Promise<number> {
  let seen: Snapshot | undefined;
  const planner: Planner = (snapshot) => {
    seen = snapshot;
    return typeof plan === 'function' ? plan(snapshot) : plan;
  };
  const preview = await store.commit(planner, { dryRun: true, ghosts: 'allow', signal: context.signal });
  const shown: Patch = typeof plan === 'function' ? { ...preview.patch, base: undefined } : plan;
  if (preview.before === undefined) await warnOfNameless(store, context);
  for (const remark of remarks?.() ?? []) await warn(remark, context);
  const apply = async (rollout: RolloutOptions) => {
    const { rollOut } = await import('../../rollout/rollout.ts');
    return rollOut(store, shown, { ...rollout, ghosts, seen });
  };
  return perform({ store, preview, ghosts, apply, live: { plan: shown }, details }, options, context);
}

/** A data root without its file: what is written would be all that the daemon still knows. */
async function warnOfNameless({ location }: Store, context: Context): Promise<void> {
  const images = countImages(location);
  if (images === 0) return;
  const count = images === 1 ? '1 image there has' : `${images} images there have`;
  await warn(
    `there is no ${location.file} (file-missing), and ${count} no name; ${context.program} repair, or rollback to a backup, may bring it back`,
    context,
  );
}

async function warn(remark: string, { out }: Context): Promise<void> {
  await out.warn(out.errorColours.yellow(escapeText(`warning: ${remark}`)));
}

/** Shows the plan, asks, writes, and says what became of it: the same for everything that writes. */
export async function perform(
  write: Write,
  given: WriteOptions & Partial<LiveOptions>,
  context: Context,
): Promise<number> {
  const { store, preview } = write;
  const { file } = store.location;
  await showChanges(write, context);
  if (given.out !== undefined) return writePatchFile(preview, given.out, file, context);
  // As the commit does, but before anybody is asked.
  if (write.ghosts === 'refuse') refuseGhosts(preview.changes, store.location);
  const finish = async (outcome: Outcome): Promise<number> => {
    if (write.finish !== undefined) return write.finish(outcome);
    await printOutcome(file, outcome, context, write.details?.());
    return exitStatus.done;
  };
  const finishing = async (outcome: Outcome): Promise<number> => {
    try {
      return await finish(outcome);
    } catch (error) {
      throw withOutcome(error, outcomeOf(outcome));
    }
  };
  const way = await decideWay(write, given, context);
  if (way.prepared !== undefined) {
    if (given['dry-run']) return finish({ ...preview, live: plannedReceipt(way.prepared) });
    await confirm(given, context);
    return finishing(await applyLiveNow(write, given, context));
  }
  const options: WriteOptions = { ...given, restart: way.restart };
  const daemon = await planDaemon(store, options.restart, options, context);
  await showDaemon(daemon, preview, options, context);
  if (options['dry-run']) return finish(preview);
  if (preview.changed && options.restart === undefined) {
    await refuseRunning(daemon, store.location).catch(namingWays(write, options, context));
  }
  // Without a change, only a restart is left to be asked about: of a daemon that does not know the file as it is.
  if (preview.changed || daemon.restart !== undefined) await confirm(options, context);
  const outcome = await context.critical.during((at) =>
    write.apply(
      {
        strategy: options.restart,
        manager: daemon.restart?.manager,
        engine: daemon.engine,
        installations: usualInstallations(context.env),
        timeoutMs: options.timeout,
        ...lockWait(context),
        onProgress: (stage) => {
          at(criticalStep(options.restart, stage));
          void context.out.detail(stage);
        },
      },
      daemon.isRunning,
    ),
  );
  return finishing(outcome);
}

/** A plan is read; of more lines than that nobody reads all. */
const shownChanges = 200;

async function showChanges({ store, preview }: Write, context: Context): Promise<void> {
  const { changes, changed, repositories } = preview;
  const { out } = context;
  if (!changed) return;
  const more = changes.length - shownChanges;
  await out.note(`${escapeText(store.location.file)}:${more > 0 ? ` ${countChanges(changes)}` : ''}`);
  const lines = formatChanges(changes.slice(0, shownChanges), out.errorColumns, out.errorColours);
  await out.note(lines === '' ? '  the same entries, in other bytes' : lines.trimEnd());
  if (more > 0) await out.note(`… and ${more} more (--dry-run --json or --out lists all)`);
  for (const remark of remarksOn(changes, repositories, store.location)) {
    await warn(remark, context);
  }
}

async function showDaemon(
  { isRunning, restart }: DaemonPlan,
  { changed }: Preview,
  options: WriteOptions,
  { out }: Context,
): Promise<void> {
  if (restart !== undefined) {
    if (!changed) await out.note('nothing to write; if the daemon does not know the file as it is:');
    for (const line of describeRestart(restart, '(write the file)')) await out.note(line);
  } else if (changed && isRunning && options.restart === 'none') {
    await out.warn(
      out.errorColours.yellow(
        'warning: a daemon runs and is not restarted: it reads the change at its next start, and overwrites it if it pulls, tags or removes anything before',
      ),
    );
  } else if (changed && isRunning && options['dry-run']) {
    await out.note('a daemon runs: to write this, add --live or --restart, or stop the daemon first');
  }
}

/** @throws RefstoreError INVALID_REPOSITORIES_FILE, WRITE_FAILED */
async function writePatchFile(
  { patch, changes }: Preview,
  target: string,
  file: string,
  { out }: Context,
): Promise<number> {
  if (patch === undefined) {
    throw new RefstoreError(
      'INVALID_REPOSITORIES_FILE',
      `what leads from ${file} to the backup cannot be written as a patch: one of the two is broken, or holds entries that no patch can add`,
      { hint: 'leave out --out: the bytes themselves can be restored' },
    );
  }
  const { serializePatch } = await import('../../repositories/serialize-patch.ts');
  const document = serializePatch(patch);
  await writeDocument(target, document);
  if (out.json) await out.printLines(document);
  else
    await out.print(
      `patch written to ${escapeText(target)}: ${countChanges(changes)}; nothing was applied\n`,
    );
  return exitStatus.done;
}
