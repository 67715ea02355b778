import { join } from 'node:path';
import type { StoreLocation } from '../../dataroot/stores.ts';
import type { Exported } from '../../digests/export.ts';
import { RefstoreError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { escapeText } from '../../util/escape.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { list, type OptionValues, text } from '../framework/options.ts';
import { plural } from '../framework/plural.ts';
import { UsageError } from '../framework/usage-error.ts';
import { writeDocument } from '../framework/write-document.ts';
import {
  digestReferences,
  namingOptions,
  readNaming,
  readSources,
  registryOptions,
  sayProblems,
  withSourceContext,
} from '../options/source-options.ts';
import { isUnread } from '../target/containerd.ts';
import { isContainerds, isLocal, runningEngine } from '../target/running-engine.ts';
import { openTarget } from '../target/target.ts';

const exportOptions = {
  from: list('SOURCE', 'export what this source has (docker://REF, oci:DIR, …), not what the store here has'),
  ...namingOptions,
  ...registryOptions,
  platform: list(
    'OS/ARCH',
    "only images of this platform (default: all that the source has, of a registry this host's); with --from",
  ),
  out: text('FILE', 'write the document to a file instead of standard output'),
};

export const digestsExport = defineCommand({
  name: 'digests export',
  description:
    'Writes a lock document: each digest with its image ID, and the manifests themselves, so that it proves what it says on a host that reaches no registry. By default the digests of the store here, with the manifests that the daemon kept when it pulled; a digest whose manifest is not at hand is told and left out. With the containerd image store it is what its content store has, with the daemon running or not. Nothing on this host is changed.',
  options: exportOptions,
  positionals: {
    references: digestReferences,
  },
  examples: [
    { line: 'digests export --out digests.json', what: 'every digest that this host can prove' },
    { line: 'digests export registry.example.com/app > app.json', what: 'of one repository' },
    {
      line: 'digests export --from docker://registry.example.com/app:1.0 --platform linux/amd64 --out app.json',
      what: 'from a registry; no Docker is needed here',
    },
  ],
  statuses: {
    [exitStatus.findings]: 'a digest was left out, as no manifest at hand proves it',
    [exitStatus.refused]: 'nothing here has the name that was given',
  },
  async run({ options, positionals: { references } }, context) {
    const exported = await gather(options, references, context);
    await sayLeftOut(exported, context);
    const { serializeDigestLock } = await import('../../sources/lock/digest-lock.ts');
    const { document, leftOut, nameless } = exported;
    const { out } = context;
    const status = leftOut.length + nameless.length === 0 ? exitStatus.done : exitStatus.findings;
    if (options.out === undefined) await out.print(serializeDigestLock(document));
    else {
      await writeDocument(options.out, serializeDigestLock(document));
      await report(options.out, exported, context);
    }
    return status;
  },
});

async function gather(
  options: OptionValues<typeof exportOptions>,
  references: readonly string[],
  context: Context,
): Promise<Exported> {
  const { exportDigests, exportDigestsFrom } = await import('../../digests/export.ts');
  if (options.from.length === 0) {
    const idle = (['as', 'platform', 'map'] as const).find((name) => (options[name]?.length ?? 0) > 0);
    if (idle !== undefined) throw new UsageError(`--${idle} is for digests of a source: add --from`);
    const containerd = await containerdLocation(context);
    if (containerd !== undefined) {
      const { content } = await import('../../sources/content.ts');
      return withSourceContext(options, context, (given) =>
        exportDigestsFrom([content.open('')], { ...given, references, location: containerd }),
      );
    }
    const store = await openTarget(context);
    return withSourceContext(options, context, (given) => exportDigests(store, { ...given, references }));
  }
  const [sources, naming] = await Promise.all([readSources(options.from), readNaming(options)]);
  const location = (await containerdLocation(context)) ?? (await storeIfAny(context))?.location;
  const { platform: platforms } = options;
  return withSourceContext(options, context, (given) =>
    exportDigestsFrom(sources, { ...given, references, platforms, naming, location }),
  );
}

/**
 * The data root of a daemon with the containerd image store, which runs or would use it: its content store is read.
 * A file that was named is meant.
 */
async function containerdLocation(context: Context): Promise<StoreLocation | undefined> {
  const running = await runningEngine(context);
  const named = context.globals['data-root'];
  if (context.globals.file !== undefined) return undefined;
  const isServed = running !== undefined && (await isContainerds(running, context));
  const dataRoot = isServed && isLocal(running.engine.host) ? running.info.dataRoot : named;
  if (dataRoot === undefined) return undefined;
  const file = join(dataRoot, 'image/repositories.json');
  const location = { dataRoot, driver: undefined, file };
  return isServed || (await isUnread(dataRoot, running, context.env)) ? location : undefined;
}

const noStore: readonly string[] = ['STORE_NOT_FOUND', 'STORE_AMBIGUOUS', 'CONTAINERD_IMAGE_STORE'];

/** A registry or an archive needs no store: there may be no Docker on this host. */
async function storeIfAny(context: Context): Promise<Store | undefined> {
  try {
    return await openTarget(context);
  } catch (error) {
    const isNone = error instanceof RefstoreError && noStore.includes(error.code);
    if (isNone) return undefined;
    throw error;
  }
}

async function sayLeftOut({ leftOut, nameless, problems }: Exported, context: Context): Promise<void> {
  const { out } = context;
  await sayProblems(problems, context);
  const lines = [
    ...leftOut.map(({ reference }) => `left out: ${reference}: no manifest at hand proves it`),
    ...nameless.map((digest) => `left out: ${digest}: the source does not say its name; say it with --as`),
  ];
  for (const line of lines) await out.note(out.errorColours.yellow(escapeText(line)));
}

async function report(
  file: string,
  { document: { digests, manifests }, leftOut, nameless, problems }: Exported,
  { out }: Context,
): Promise<void> {
  if (out.json) {
    await out.printJson('export', {
      file,
      digests: digests.length,
      manifests: manifests.length,
      leftOut,
      nameless,
      problems,
    });
    return;
  }
  const counts = `${plural(digests.length, 'digest')} and ${plural(manifests.length, 'manifest')}`;
  await out.print(`${counts} written to ${escapeText(file)}\n`);
}
