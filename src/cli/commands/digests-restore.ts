import type { PlannedRestore } from '../../digests/restore.ts';
import type { RolloutOptions } from '../../rollout/options.ts';
import type { Store } from '../../store/store.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { UsageError } from '../framework/usage-error.ts';
import { restoreOptions } from '../options/restore-options.ts';
import { readNaming, readSources, sayProblems, withSourceContext } from '../options/source-options.ts';
import { isContainerds, runningEngine } from '../target/running-engine.ts';
import { openTarget } from '../target/target.ts';
import { planDaemon } from '../write/daemon-plan.ts';
import { documentOf, linesOf, type Outcome } from '../write/outcome.ts';
import { perform } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const digestsRestore = defineCommand({
  name: 'digests restore',
  description:
    "Gives the images that are here the digests that a source proves: the manifest's bytes hash to the digest, and its config is the image. It only adds. What is not restored is told with its reason; an entry at another image is never moved, and an image without a tag gets no digest, as the next prune would remove both. The sources are read before anything is stopped, and the daemon is restarted once, at the end. With the containerd image store nothing is restarted: the running daemon is given each digest through its API, and creates and removes a container to prove it.",
  options: restoreOptions,
  positionals: {},
  examples: [
    {
      line: 'digests restore --from lock:digests.json --restart',
      what: 'what digests export wrote on another host',
    },
    {
      line: 'digests restore --from lock:digests.json',
      what: 'the same with the containerd image store: no restart, and no registry',
    },
    {
      line: 'digests restore --from docker://registry.example.com/app:1.0 --dry-run',
      what: 'what a registry proves for the images here',
    },
    {
      line: 'digests restore --from oci:layout --map docker.io/=mirror.local:5000/ --restart',
      what: 'an OCI layout, and names that changed on the way',
    },
  ],
  statuses: {
    ...writeStatuses,
    [exitStatus.findings]: 'a digest of an image that is here was not restored, or nothing could be',
  },
  writes: true,
  async run({ options }, context) {
    if (options.from.length === 0) {
      throw new UsageError(
        'digests restore needs a source',
        'name it with --from: lock:FILE, docker://REF, …',
      );
    }
    const running = await runningEngine(context);
    if (running !== undefined && (await isContainerds(running, context))) {
      const { restoreInEngine } = await import('../engine-restore.ts');
      return restoreInEngine(running, options, context);
    }
    const store = await openTarget(context);
    const [sources, given] = await Promise.all([readSources(options.from), readNaming(options)]);
    const naming = { ...given, eachName: options['each-name'] };
    // What cannot be written is refused before a registry is asked.
    if (options.out === undefined) await planDaemon(store, options.restart, options, context);
    const [{ planDigestRestore, restorePlanner, rollOutRestore }, { describeRestore }] = await Promise.all([
      import('../../digests/restore.ts'),
      import('../formatters/restore.ts'),
    ]);
    const untagged = options.untagged ? 'add' : 'refuse';
    const policy = { untagged, trust: options['trust-unproven'] } as const;
    const planned = await withSourceContext(options, context, (how) =>
      planDigestRestore(store, { ...how, sources, naming, policy }),
    );
    await sayProblems(planned.problems, context);
    for (const line of describeRestore(planned, context.out)) await context.out.note(line);
    await warnOfTrust(planned, context);
    const preview = await store.commit(restorePlanner(store, planned), {
      dryRun: true,
      signal: context.signal,
    });
    // Other changes may come in between, so the patch that --out writes is bound to no bytes.
    const unbound = { ...preview, patch: { ...preview.patch, base: undefined } };
    const apply = (rollout: RolloutOptions) => rollOutRestore(store, planned, rollout);
    const live = { plan: restorePlanner(store, planned), manifests: planned.manifests };
    const finish = (outcome: Outcome) => conclude(store, planned, outcome, context);
    return perform({ store, preview: unbound, ghosts: 'refuse', apply, live, finish }, options, context);
  },
});

/** Also with --quiet: who reads the log later has to see it. */
async function warnOfTrust({ restored }: PlannedRestore, { out }: Context): Promise<void> {
  const { trustWarning } = await import('../formatters/restore.ts');
  for (const one of restored) {
    if (one.trusted) await out.warn(out.errorColours.red(trustWarning(one)));
  }
}

async function conclude(
  store: Store,
  planned: PlannedRestore,
  outcome: Outcome,
  { out }: Context,
): Promise<number> {
  const { file } = store.location;
  const { countRestored, restoreDocument, isDone } = await import('../formatters/restore.ts');
  if (out.json) await out.printJson('restore', { ...documentOf(file, outcome), ...restoreDocument(planned) });
  else {
    const lines = [...linesOf(file, outcome), countRestored(planned, outcome.dryRun)];
    await out.print(lines.map((line) => `${line}\n`).join(''));
  }
  return isDone(planned) ? exitStatus.done : exitStatus.findings;
}
