import type { Verification, VerifyDigestsOptions } from '../../digests/verify.ts';
import type { ImageStore } from '../../engine/engine.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { flag, list, type OptionValues } from '../framework/options.ts';
import {
  digestReferences,
  namingOptions,
  readNaming,
  readSources,
  registryOptions,
  sayProblems,
  withSourceContext,
} from '../options/source-options.ts';
import { requireGraphdriverStore } from '../target/containerd.ts';
import { isContainerds, isLocal, type RunningEngine, runningEngine } from '../target/running-engine.ts';
import { openTarget } from '../target/target.ts';

export const verify = defineCommand({
  name: 'verify',
  description:
    'Says for each digest whether it holds. With the legacy store: whether the manifest that hashes to it has the image as its config; the manifests are those that the daemon kept of its pulls, and those of the sources. With the containerd image store: whether the daemon keeps the image by that very digest, and whether a source has that manifest too, as the daemon computes its RepoDigests from what it holds, and they say nothing of a registry. An image that the daemon shows but cannot run is reported; where nothing else tells it, a container is created and removed at once. A digest that no manifest at hand can prove is not reported as wrong. Nothing is changed.',
  options: {
    against: list('SOURCE', 'compare with this source too: docker://REF, lock:FILE, oci:DIR, …'),
    ...namingOptions,
    ...registryOptions,
    strict: flag('exit with 1 also for a digest that cannot be proven'),
  },
  positionals: {
    references: digestReferences,
  },
  examples: [
    { line: 'verify', what: 'every digest, by what the daemon kept' },
    { line: 'verify --against lock:digests.json', what: 'after digests restore' },
    {
      line: 'verify --strict app@sha256:… --against docker://registry.example.com/app:1.0',
      what: 'one digest, and what the registry says',
    },
  ],
  statuses: { [exitStatus.findings]: 'a digest does not hold' },
  async run({ options, positionals: { references } }, context) {
    const [sources, naming] = await Promise.all([readSources(options.against), readNaming(options)]);
    const running = await runningEngine(context);
    const given = { references, sources, naming, registries: options };
    const answer =
      running !== undefined && (await isContainerds(running, context))
        ? await askEngine(running, given, context)
        : await readStore(running, given, context);
    await print(answer, context);
    const { holds, digests } = answer.verification;
    const isProven = digests.every(({ standing }) => standing !== 'not-provable');
    return holds && (isProven || !options.strict) ? exitStatus.done : exitStatus.findings;
  },
});

interface Given extends Pick<VerifyDigestsOptions, 'references' | 'sources' | 'naming'> {
  readonly registries: OptionValues<typeof registryOptions>;
}

interface Answer {
  readonly imageStore: ImageStore;
  readonly verification: Verification;
}

async function askEngine(
  { engine, info }: RunningEngine,
  { registries, ...given }: Given,
  context: Context,
): Promise<Answer> {
  const [{ verifyEngineDigests }, { whyNotRunnable }] = await Promise.all([
    import('../../digests/verify.ts'),
    import('../../containerd/probe.ts'),
  ]);
  const { dataRoot } = info;
  const file = `${dataRoot}/image/repositories.json`;
  const location = { dataRoot: isLocal(engine.host) ? dataRoot : undefined, driver: undefined, file };
  const verification = await withSourceContext(registries, context, (how) =>
    verifyEngineDigests(engine, {
      ...how,
      ...given,
      location,
      whyNotRunnable: (reference) => whyNotRunnable(engine, reference, { signal: context.signal }),
    }),
  );
  return { imageStore: 'containerd', verification };
}

async function readStore(
  running: RunningEngine | undefined,
  { registries, ...given }: Given,
  context: Context,
): Promise<Answer> {
  const store = await openTarget(context);
  await requireGraphdriverStore(
    store.location,
    running,
    'start the daemon, which alone knows its digests',
    context,
  );
  const { verifyDigests } = await import('../../digests/verify.ts');
  const verification = await withSourceContext(registries, context, (how) =>
    verifyDigests(store, { ...how, ...given }),
  );
  return { imageStore: 'graphdriver', verification };
}

async function print({ imageStore, verification }: Answer, context: Context): Promise<void> {
  const { out } = context;
  const { digests, holds, problems } = verification;
  await sayProblems(problems, context);
  const { countStatuses, describeStatuses, statusTable } = await import('../formatters/verify.ts');
  if (out.json) {
    const { formatVerified } = await import('../../digests/plan/verification-status.ts');
    const documents = digests.map((one) => ({ ...one, message: formatVerified(one) }));
    await out.printJson('verify', { imageStore, holds, digests: documents, problems });
    return;
  }
  await out.print(statusTable(digests, out));
  for (const line of describeStatuses(digests)) await out.note(line);
  await out.note(countStatuses(digests));
}
