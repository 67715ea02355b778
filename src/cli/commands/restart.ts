import type { RestartResult } from '../../engine/restart-options.ts';
import { RefstoreError, withOutcome } from '../../errors.ts';
import type { Change } from '../../repositories/change.ts';
import type { Store } from '../../store/store.ts';
import { formatChanges } from '../formatters/changes.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus, statusMeanings } from '../framework/exit-status.ts';
import { choice } from '../framework/options.ts';
import { plural } from '../framework/plural.ts';
import { askOptions, managerOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import { confirm } from '../write/confirm.ts';
import { describeNotRunning } from '../write/container-names.ts';
import { criticalStep } from '../write/critical-step.ts';
import { describeRestart, planDaemon, type RestartPlan } from '../write/daemon-plan.ts';
import { lockWait } from '../write/lock-wait.ts';

export const restart = defineCommand({
  name: 'restart',
  description:
    'Restarts the daemon, waits until it answers, and compares its memory with the file. If the daemon would not start on the file, the restart is refused: repair the file first. A daemon that is down is started.',
  options: {
    strategy: choice(
      ['restart', 'stop-start'],
      "the manager's own restart (default), or a stop and a start: under systemd the socket is closed meanwhile",
    ),
    ...askOptions,
    ...managerOptions,
  },
  positionals: {},
  examples: [
    { line: 'restart --dry-run', what: 'what would be run, and which containers it would stop' },
    { line: 'restart --yes --manager systemd', what: 'without a question' },
  ],
  statuses: {
    [exitStatus.refused]: statusMeanings[exitStatus.refused] as string,
    [exitStatus.locked]: statusMeanings[exitStatus.locked] as string,
    [exitStatus.notEffective]: 'the daemon did not come back, or its memory is not what the file says',
  },
  writes: true,
  async run({ options }, context) {
    const store = await openTarget(context);
    // Throws for a file on which no daemon starts.
    const { size } = (await store.read()).repositories;
    const { restart: plan } = await planDaemon(store, options.strategy ?? 'restart', options, context);
    const { out } = context;
    if (plan === undefined) throw new TypeError('no restart was planned');
    for (const line of describeRestart(plan, undefined)) await out.note(line);
    if (options['dry-run']) {
      if (out.json) await out.printJson('restart', { dryRun: true, manager: plan.manager.name });
      return exitStatus.done;
    }
    await confirm(options, context);
    const { downMs, notRunning } = await restartUnderLock(store, plan, options.timeout, context);
    await out.detail(`comparing ${size} references with the daemon's memory`);
    try {
      await refuseDifferences(await differences(store, plan, context), context);
    } catch (error) {
      throw withOutcome(error, { file: 'old', daemon: 'up' });
    }
    if (out.json) {
      await out.printJson('restart', {
        dryRun: false,
        manager: plan.manager.name,
        downMs,
        verified: true,
        notRunning: notRunning ?? null,
      });
    } else {
      await out.print(
        `the daemon is up, and has what the file says; it was down for ${(downMs / 1000).toFixed(2)} s\n`,
      );
      for (const line of describeNotRunning(notRunning)) await out.print(`${line}\n`);
    }
    return exitStatus.done;
  },
});

/** Nobody else who takes the lock writes while the daemon starts. */
async function restartUnderLock(
  store: Store,
  { strategy, manager, engine }: RestartPlan,
  timeoutMs: number | undefined,
  context: Context,
): Promise<RestartResult> {
  const { signal, out } = context;
  const { restartDaemon } = await import('../../engine/restart.ts');
  return store.withLock(
    () =>
      context.critical.during((at) =>
        restartDaemon({
          strategy,
          manager,
          engine,
          dataRoot: store.location.dataRoot,
          timeoutMs,
          signal,
          onProgress: (stage) => {
            at(criticalStep(strategy, stage));
            void out.detail(stage);
          },
        }),
      ),
    lockWait(context),
  );
}

async function differences(store: Store, { engine }: RestartPlan, { signal }: Context): Promise<Change[]> {
  const { verifyLive } = await import('../../engine/live.ts');
  return verifyLive(engine, (await store.read()).repositories, { signal });
}

/** @throws RefstoreError NOT_VERIFIED */
async function refuseDifferences(changes: readonly Change[], { out }: Context): Promise<void> {
  if (changes.length === 0) return;
  await out.note(formatChanges(changes, out.errorColumns, out.errorColours).trimEnd());
  throw new RefstoreError(
    'NOT_VERIFIED',
    `the daemon is up, and its memory is not what the file says: ${plural(changes.length, 'entry is', 'entries are')} different`,
    {
      hint: 'is this the file that it reads (refstore status)? Does it have the images (refstore check)?',
      details: { changes },
    },
  );
}
