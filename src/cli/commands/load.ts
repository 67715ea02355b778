import type { PlannedRestore } from '../../digests/restore.ts';
import type { Engine } from '../../engine/engine.ts';
import { RefstoreError, withOutcome } from '../../errors.ts';
import type { PlannedLoads } from '../../load/plan-loads.ts';
import type { Change } from '../../repositories/change.ts';
import { impliedRepository } from '../../repositories/patch.ts';
import type { RolloutStrategy } from '../../rollout/options.ts';
import type { Store } from '../../store/store.ts';
import type { Done } from '../formatters/load.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { type OptionValues, text } from '../framework/options.ts';
import { many } from '../framework/positionals.ts';
import { ProgressLine } from '../framework/progress.ts';
import { UsageError } from '../framework/usage-error.ts';
import { livableOptions } from '../options/write-options.ts';
import { engineOf } from '../target/running-engine.ts';
import { openTarget } from '../target/target.ts';
import { confirm } from '../write/confirm.ts';
import { type DaemonPlan, planDaemon, refuseRunning } from '../write/daemon-plan.ts';
import { applyLiveNow, decideWay, type LiveTarget, namingWays } from '../write/live.ts';
import { lockWait } from '../write/lock-wait.ts';
import { type Outcome, outcomeOf } from '../write/outcome.ts';
import { writeStatuses } from '../write/statuses.ts';

const { out: _out, ...rolloutOptions } = livableOptions;

const loadOptions = {
  platform: text('OS/ARCH', 'of an index, the image for this platform (default: that of the daemon)'),
  as: text('NAME', 'name to give the image: NAME or NAME:TAG, whatever the archive says'),
  ...rolloutOptions,
};

type LoadOptions = OptionValues<typeof loadOptions>;

export const load = defineCommand({
  name: 'load',
  description:
    "Loads image archives into the image store that the daemon uses, and keeps their digests: an OCI archive or layout, as skopeo and buildx write them, or what docker save wrote. Every layer of an OCI archive is hashed as it passes. With the containerd image store it is sent as it is, and the daemon is asked for each digest. Other daemons take no OCI archives: it is turned into what docker load takes as it flows, and the digests are written to the reference store, for which the daemon has to be restarted. What docker save wrote holds no registry's digest, so none can be restored from it.",
  options: loadOptions,
  positionals: {
    archives: many(
      'ARCHIVE',
      'a tar archive, also packed; a folder with an OCI image layout; or a folder of such archives and layouts',
    ),
  },
  examples: [
    { line: 'load --dry-run app.tar', what: 'what would be loaded, and which digests it proves' },
    { line: 'load --restart app.tar', what: 'load it, write its digests, restart the daemon, verify' },
    { line: 'load --restart app.tar db.tar archives/', what: 'several, and a folder of them: one restart' },
    { line: 'load --as registry.example.com/app:1.0 --restart layout', what: 'a layout that names no image' },
  ],
  statuses: {
    ...writeStatuses,
    [exitStatus.findings]: 'loaded, but not every digest of the archive could be restored',
  },
  writes: true,
  async run({ options, positionals: { archives } }, context) {
    if (archives.includes('-')) {
      throw new UsageError(
        'an archive cannot be loaded from standard input: it is read twice, once to see what it holds',
        'save it to a file first',
      );
    }
    const engine = await engineOf(context);
    const { platform, as } = options;
    const { planLoads } = await import('../../load/plan-loads.ts');
    const planned = await planLoads(archives, { engine, platform, as, signal: context.signal });
    const digests = await planDigests(planned, engine, options, context);
    await show(planned, digests, options, context);
    const plan = { file: digests?.store.location.file, digests: digests?.restore };
    const conclude = async (done: Done) =>
      (await import('../formatters/load.ts')).conclude(planned, done, context);
    if (options['dry-run']) return conclude({ ...plan, said: undefined, outcome: undefined });
    if (digests !== undefined && digests.restore.restored.length > 0 && digests.daemon !== undefined) {
      if (digests.strategy === undefined) {
        await refuseRunning(digests.daemon, digests.store.location).catch(
          namingWays(digests.live, options, context),
        );
      }
    }
    await confirm(options, context);
    const said = await send(planned, engine, context);
    const outcome =
      digests && (await writeDigests(digests, options, context).catch(loadedBut(planned.archive)));
    return conclude({ ...plan, said, outcome }).catch((error: unknown) => {
      throw withOutcome(error, { ...(outcome ? outcomeOf(outcome) : { file: 'old' }), imageLoaded: true });
    });
  },
});

/** What failed behind the load: with the images, which are there, and with what is left to be done. */
function loadedBut(archive: string): (error: unknown) => never {
  return (error) => {
    const { code, message, details, outcome } = withOutcome(error, { file: 'old' });
    throw new RefstoreError(code, `${archive} was loaded, but its digests were not written: ${message}`, {
      hint: 'run the command again to write them: the images are loaded already',
      details,
      outcome: { file: 'old', ...outcome, imageLoaded: true },
      cause: error,
    });
  };
}

interface Digests {
  readonly store: Store;
  readonly restore: PlannedRestore;
  readonly strategy: RolloutStrategy | undefined;
  /** Undefined where the running daemon takes the digests itself. */
  readonly daemon: DaemonPlan | undefined;
  readonly live: LiveTarget;
}

/** Found out before anything is loaded: what the archive proves, and whether it could be written. */
async function planDigests(
  planned: PlannedLoads,
  engine: Engine,
  options: LoadOptions,
  context: Context,
): Promise<Digests | undefined> {
  if (planned.imageStore === 'containerd' || planned.evidence.describedDigests.length === 0) return undefined;
  const [{ planLoadedDigests }, { requireSameDataRoot }] = await Promise.all([
    import('../../load/load-archive.ts'),
    import('../../engine/running.ts'),
  ]);
  const store = await openTarget(context);
  const { dataRoot } = store.location;
  if (dataRoot === undefined) {
    throw new UsageError(
      'load writes digests to the store of the daemon that it loads into, not to a file by itself',
      'leave --file out',
    );
  }
  await requireSameDataRoot(engine, await engine.info({ signal: context.signal }), dataRoot);
  const restore = await planLoadedDigests(store, planned, context.signal);
  const live = liveTarget(store, restore, planned);
  const nothing = { isRunning: false, engine, restart: undefined };
  if (restore.restored.length === 0) return { store, restore, live, strategy: undefined, daemon: nothing };
  const way = await decideWay(live, options, context);
  if (way.prepared !== undefined) return { store, restore, live, strategy: undefined, daemon: undefined };
  const daemon = await planDaemon(store, way.restart, options, context);
  return { store, restore, live, strategy: way.restart, daemon };
}

/** The digests as a change that the daemon makes when it has the images. */
function liveTarget(
  store: Store,
  { restored, patch, manifests }: PlannedRestore,
  { images }: PlannedLoads,
): LiveTarget {
  const changes = restored.map(({ reference, imageId }): Change => {
    return { op: 'add', repository: impliedRepository(reference) ?? '', reference, image: imageId };
  });
  const expectedImages = images.map(({ imageId }) => imageId);
  return {
    store,
    preview: { changed: changes.length > 0, changes },
    live: { plan: patch, manifests, expectedImages },
  };
}

async function show(
  planned: PlannedLoads,
  digests: Digests | undefined,
  options: LoadOptions,
  { out }: Context,
): Promise<void> {
  const [{ describeLoad }, { describeRestore }, { describeRestart }] = await Promise.all([
    import('../formatters/load.ts'),
    import('../formatters/restore.ts'),
    import('../write/daemon-plan.ts'),
  ]);
  for (const part of planned.parts) for (const line of describeLoad(part)) await out.note(line);
  if (digests === undefined) return;
  const { restore, daemon } = digests;
  for (const { reference } of restore.restored) await out.note(`  and its digest: ${reference}`);
  // What proves them is the archive itself.
  for (const line of describeRestore({ ...restore, restored: [] }, out)) await out.note(line);
  if (daemon?.restart !== undefined) {
    for (const line of describeRestart(daemon.restart, '(write the digests)')) await out.note(line);
  } else if (daemon?.isRunning && restore.restored.length > 0 && options['dry-run']) {
    await out.note('a daemon runs: to write the digests, add --live or --restart');
  }
}

/** One after the other; what is there already is not sent. */
async function send({ parts }: PlannedLoads, engine: Engine, context: Context): Promise<string[]> {
  const { loadArchive } = await import('../../load/load-archive.ts');
  const mebi = (bytes: number) => Math.floor(bytes / (1 << 20));
  const said: string[] = [];
  const missing = parts.filter(({ isThere }) => !isThere);
  for (const [index, part] of missing.entries()) {
    const which = missing.length > 1 ? ` (${index + 1} of ${missing.length})` : '';
    const progress = new ProgressLine(context, `loading ${part.archive}${which}, in MiB`);
    try {
      const lines = await loadArchive(part, {
        engine,
        signal: context.signal,
        onProgress: ({ done, total }) => progress.update({ done: mebi(done), total: mebi(total) }),
      });
      said.push(...lines);
    } finally {
      progress.end();
    }
  }
  return said;
}
async function writeDigests(
  { store, restore, live, strategy, daemon }: Digests,
  options: LoadOptions,
  context: Context,
): Promise<Outcome | undefined> {
  if (restore.restored.length === 0) return undefined;
  if (daemon === undefined) return applyLiveNow(live, options, context);
  const [{ rollOutRestore }, { usualInstallations }] = await Promise.all([
    import('../../digests/restore.ts'),
    import('../../dataroot/installations.ts'),
  ]);
  return rollOutRestore(store, restore, {
    strategy,
    manager: daemon.restart?.manager,
    engine: daemon.engine,
    installations: usualInstallations(context.env),
    timeoutMs: options.timeout,
    ...lockWait(context),
    onProgress: (stage) => void context.out.detail(stage),
  });
}
