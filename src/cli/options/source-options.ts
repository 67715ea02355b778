import type { ClaimSource, SourceContext } from '../../sources/claim-source.ts';
import type { Naming } from '../../sources/evidence/naming.ts';
import type { RegistryOptions } from '../../sources/registry/options.ts';
import type { Problem } from '../../system/problems.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';
import { list, type OptionValues, text } from '../framework/options.ts';
import { any } from '../framework/positionals.ts';
import { ProgressLine } from '../framework/progress.ts';
import { engineOf } from '../target/running-engine.ts';

/** How names change on the way from a source. */
export const namingOptions = {
  as: text('NAME', 'give everything under this repository name, whatever the source calls it'),
  map: list(
    'OLD=NEW',
    'a repository that has another name on this host; with a slash at the end of both: everything below it',
  ),
};

/** How registries are asked, beside what daemon.json says. */
/** Whose digests a command is about. */
export const digestReferences = any(
  'REF',
  'only these: a repository, a tag (all its digests), or a digest; default: all',
);

export const registryOptions = {
  'insecure-registry': list(
    'HOST',
    'a registry that may be asked without TLS or with any certificate: HOST[:PORT] or a CIDR range, as in daemon.json, whose own list counts too',
  ),
  'registry-mirror': list('URL', 'asked before Docker Hub, and before the mirrors in daemon.json'),
};

export async function readNaming({ as, map }: OptionValues<typeof namingOptions>): Promise<Naming> {
  const { parseAs, parseNameChange } = await import('../../sources/evidence/naming.ts');
  return { as: as === undefined ? undefined : parseAs(as), map: map.map(parseNameChange) };
}

/** @throws UsageError for what names no source */
export async function readSources(specs: readonly string[]): Promise<ClaimSource[]> {
  const { parseSource } = await import('../../sources/parse-source.ts');
  return [...new Set(specs)].map((spec) => parseSource(spec));
}

/** More would be noise; --verbose shows all. */
const shownProblems = 10;

/** What a source could not read: that is why less is proven than was hoped for. */
export async function sayProblems(problems: readonly Problem[], { out }: Context): Promise<void> {
  const shown = out.verbose ? problems : problems.slice(0, shownProblems);
  for (const { path, reason } of shown) await out.note(escapeText(`not read: ${path}: ${reason}`));
  const rest = problems.length - shown.length;
  if (rest > 0) await out.note(`… and ${rest} more that could not be read (--verbose shows all)`);
}

/** What sources may use, with a line on the terminal that tells how far they are. */
export async function withSourceContext<T>(
  options: OptionValues<typeof registryOptions>,
  context: Context,
  work: (sources: Omit<SourceContext, 'location'>) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const progress = new ProgressLine(context, 'reading the sources');
  const [engine, registry] = [await engineOf(context), await readRegistry(options, context)];
  try {
    return await work({ signal, onProgress: progress.update, engine: () => engine, registry });
  } finally {
    progress.end();
  }
}

/** A daemon.json that cannot be read is told, and left aside: other sources do not need it. */
async function readRegistry(
  options: OptionValues<typeof registryOptions>,
  { env, out }: Context,
): Promise<RegistryOptions> {
  const [{ configured, usualInstallations }, { RefstoreError }] = await Promise.all([
    import('../../dataroot/installations.ts'),
    import('../../errors.ts'),
  ]);
  const insecure = [...options['insecure-registry']];
  const mirrors = [...options['registry-mirror']];
  try {
    for (const { config } of await configured(usualInstallations(env))) {
      insecure.push(...(config?.insecureRegistries ?? []));
      mirrors.push(...(config?.registryMirrors ?? []));
    }
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    await out.warn(escapeText(`warning: ${error.message}`));
  }
  return { env, insecure, mirrors };
}
