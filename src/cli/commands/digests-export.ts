import type { Exported } from '../../digests/export.ts';
import { RefstoreError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { type Context, defineCommand } from '../command.ts';
import { refuseDeadStore } from '../containerd.ts';
import { escapeText } from '../escape.ts';
import { exitStatus } from '../exit-status.ts';
import { list, type OptionValues, text } from '../options.ts';
import { plural } from '../plural.ts';
import {
  digestReferences,
  namingOptions,
  readNaming,
  readSources,
  registryOptions,
  sayProblems,
  withSourceContext,
} from '../source-options.ts';
import { openTarget, runningEngine } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { writeDocument } from '../write-document.ts';

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
    'Writes a lock document: each digest with its image ID, and the manifests themselves, so that it proves what it says on a host that reaches no registry. By default the digests of the store here, with the manifests that the daemon kept when it pulled; a digest whose manifest is not at hand is told and left out. Nothing on this host is changed.',
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
    [exitStatus.refused]:
      'nothing here has the name that was given, or the daemon uses the containerd image store',
  },
  async run({ options, positionals: { references } }, context) {
    const exported = await gather(options, references, context);
    await sayLeftOut(exported, context);
    const { serializeLock } = await import('../../sources/lock/lock-document.ts');
    const { document, leftOut, nameless } = exported;
    const { out } = context;
    const status = leftOut.length + nameless.length === 0 ? exitStatus.done : exitStatus.findings;
    if (options.out === undefined) await out.print(serializeLock(document));
    else {
      await writeDocument(options.out, serializeLock(document));
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
    const store = await openTarget(context);
    const consequence = 'what an old one holds is not exported unless it is named with --file';
    await refuseDeadStore(store.location, await runningEngine(context), consequence, context);
    return withSourceContext(options, context, (given) => exportDigests(store, { ...given, references }));
  }
  const [sources, naming, store] = await Promise.all([
    readSources(options.from),
    readNaming(options),
    storeIfAny(context),
  ]);
  const { platform: platforms } = options;
  return withSourceContext(options, context, (given) =>
    exportDigestsFrom(sources, { ...given, references, platforms, naming, location: store?.location }),
  );
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
