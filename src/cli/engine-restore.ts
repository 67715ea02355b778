import type { PlannedEngineRestore } from '../containerd/plan-restore.ts';
import type { EngineRestoreResult } from '../containerd/restore.ts';
import type { NotRestored, RestoredDigest } from '../digests/plan/decide-digest.ts';
import type { Problem } from '../system/problems.ts';
import { escapeText } from '../util/escape.ts';
import type { Context } from './framework/command.ts';
import { exitStatus } from './framework/exit-status.ts';
import { ProgressLine } from './framework/progress.ts';
import { UsageError } from './framework/usage-error.ts';
import type { RestoreOptions } from './options/restore-options.ts';
import { readNaming, readSources, sayProblems, withSourceContext } from './options/source-options.ts';
import { isLocal, type RunningEngine } from './target/running-engine.ts';

import { confirm } from './write/confirm.ts';

/** What became of a restore, planned or made. */
interface Restored {
  readonly restored: readonly RestoredDigest[];
  readonly notRestored: readonly NotRestored[];
  readonly problems: readonly Problem[];
}

/** digests restore where the daemon uses the containerd image store: through its API, without a restart. */
export async function restoreInEngine(
  { engine, info }: RunningEngine,
  options: RestoreOptions,
  context: Context,
): Promise<number> {
  refuseIdle(options);
  const { out } = context;
  const [sources, given] = await Promise.all([readSources(options.from), readNaming(options)]);
  const naming = { ...given, eachName: options['each-name'] };
  const { planEngineRestore } = await import('../containerd/plan-restore.ts');
  const dataRoot = isLocal(engine.host) ? info.dataRoot : undefined;
  const location = { dataRoot, driver: undefined, file: `${info.dataRoot}/image/repositories.json` };
  const planned = await withSourceContext(options, context, (how) =>
    planEngineRestore({ ...how, location, engine, sources, naming }),
  );
  await show(planned, context);
  if (options.restart !== undefined && options.restart !== 'none') {
    await out.note(
      'the daemon uses the containerd image store: no restart is needed, and it is not restarted',
    );
  }
  if (options['dry-run'] || planned.records.length === 0) {
    return await conclude(planned, options['dry-run'], context);
  }
  await confirm(options, context);
  return await conclude(merged(planned, await send(planned, { engine, info }, context)), false, context);
}

function refuseIdle({ out, 'trust-unproven': trust }: RestoreOptions): void {
  if (out !== undefined) {
    throw new UsageError(
      'there is no file to patch: the daemon uses the containerd image store',
      'leave out --out; --dry-run shows what would be restored',
    );
  }
  if (trust.length > 0) {
    throw new UsageError(
      'the containerd image store takes no digest without its manifest, even with --trust-unproven',
      'leave out --trust-unproven, and name a source that has the manifest',
    );
  }
}

async function show(planned: PlannedEngineRestore, context: Context): Promise<void> {
  const { out } = context;
  await sayProblems(planned.problems, context);
  const { describeRestore } = await import('./formatters/restore.ts');
  if (planned.restored.length > 0)
    await out.note('these digests are given to the daemon, and each is verified:');
  for (const { reference } of planned.restored) await out.note(escapeText(`  + ${reference}`));
  for (const line of describeRestore(planned, out)) await out.note(line);
}

async function send(
  planned: PlannedEngineRestore,
  { engine }: RunningEngine,
  context: Context,
): Promise<EngineRestoreResult> {
  const { restoreThroughEngine } = await import('../containerd/restore.ts');
  const progress = new ProgressLine(context, 'restoring digests');
  try {
    return await restoreThroughEngine(planned, {
      engine,
      signal: context.signal,
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
}

function merged(planned: PlannedEngineRestore, { restored, refused }: EngineRestoreResult): Restored {
  const byReference = new Map(planned.restored.map((one) => [one.reference, one]));
  const notRunnable = refused.flatMap(({ reference, reason: detail, takenBack }): NotRestored[] => {
    const one = byReference.get(reference);
    if (one === undefined) return [];
    const { digest, imageId, source } = one;
    const reason = takenBack ? 'not-runnable' : 'not-runnable-left';
    return [{ reason, reference, digest, imageId, source, tag: undefined, proven: [imageId], detail }];
  });
  return { restored, notRestored: [...planned.notRestored, ...notRunnable], problems: planned.problems };
}

/** Said once, with the result: what such a digest can do, and what it cannot. */
const worth = [
  'each runs by its digest, and goes on to after a restart and a prune; docker image ls does not list it (28.5),',
  'inspect by digest does not show its layers (28.5), and it cannot be pushed or saved by its digest: for that, load the image from an OCI archive',
];

async function conclude(result: Restored, dryRun: boolean, { out }: Context): Promise<number> {
  const { countRestored, isDone, restoreDocument } = await import('./formatters/restore.ts');
  const changed = !dryRun && result.restored.length > 0;
  if (out.json) {
    await out.printJson('restore', {
      imageStore: 'containerd',
      file: null,
      changed,
      dryRun,
      changes: result.restored.map(({ reference, imageId: image }) => ({ op: 'add', reference, image })),
      sha256: { before: null, after: null },
      backup: null,
      effective: changed ? true : null,
      reason: null,
      restart: null,
      ...restoreDocument(result),
    });
  } else {
    await out.print(`${countRestored(result, dryRun)}\n`);
    const { formatNotRestored } = await import('../digests/plan/reason-text.ts');
    for (const one of result.notRestored) {
      const isNew = one.reason === 'not-runnable' || one.reason === 'not-runnable-left';
      if (isNew) await out.warn(out.errorColours.red(escapeText(formatNotRestored(one))));
    }
    if (changed) for (const line of worth) await out.note(line);
  }
  return isDone(result) ? exitStatus.done : exitStatus.findings;
}
