import { parseNormalizedNamed, tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, familiarString } from '../../reference/reference.ts';
import type { Entry, Repositories } from '../../repositories/repositories.ts';
import { escapeText } from '../../util/escape.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { compileFilters, type Filters, fitsPattern } from '../framework/filter.ts';
import { flag, list as listOption, text } from '../framework/options.ts';
import { optional } from '../framework/positionals.ts';
import { formatTable } from '../framework/table.ts';
import { compileTemplate, type TemplateFields } from '../framework/template.ts';
import { UsageError } from '../framework/usage-error.ts';
import { readTarget } from '../target/read-target.ts';

export const ls = defineCommand({
  name: 'ls',
  description:
    'Lists every entry of the store, those that Docker cannot resolve too, in the order of the file. Read from the disk: what a running daemon holds in memory may differ (diff disk live).',
  options: {
    format: text(
      'TEMPLATE',
      'a line for each row: {{.Reference}}, {{.Repository}}, {{.Kind}}, {{.ImageID}}, {{json .}}, or the word json',
    ),
    filter: listOption(
      'NAME=VALUE',
      'only rows that fit: reference=PATTERN, kind=tag|digest|other, image=ID',
    ),
    'no-trunc': flag('whole image IDs on a terminal too'),
  },
  positionals: {
    name: optional(
      'NAME',
      'only this repository, or this one reference: alpine, alpine:3.20, alpine@sha256:…',
    ),
  },
  examples: [
    { line: 'ls', what: 'everything' },
    { line: 'ls alpine', what: 'the tags and digests of one repository' },
    { line: "ls --filter kind=digest --format '{{.Reference}}'", what: 'digests only, a line each' },
    {
      line: 'ls --json | jq -r \'.references[] | select(.kind == "digest").reference\'',
      what: 'digests only, for a script',
    },
  ],
  statuses: { [exitStatus.findings]: 'nothing has this NAME' },
  async run({ options, positionals }, context) {
    if (options.format !== undefined && context.globals.json) {
      throw new UsageError('--format and --json exclude each other', '--format json gives a document a line');
    }
    const fits = compileFilters(options.filter, filters);
    const format = options.format === undefined ? undefined : compileTemplate(options.format, fields);
    const { repositories, location } = await readTarget(context);
    const { name } = positionals;
    const entries = [...select(repositories, name)].filter(fits);
    if (format !== undefined) await context.out.print(entries.map((row) => `${format(row)}\n`).join(''));
    else await list(entries, options['no-trunc'], context);
    await (await import('../target/containerd.ts')).warnOfDeadStore(location, context);
    if (name === undefined || entries.length > 0) return exitStatus.done;
    await context.out.warn(`${context.program}: nothing in the store is named ${escapeText(name)}`);
    return exitStatus.findings;
  },
});

const fields: TemplateFields<Entry> = {
  Repository: (row) => row.repository,
  Reference: (row) => row.reference,
  Kind: kindOf,
  ImageID: (row) => row.imageId,
};

const filters: Filters<Entry> = {
  reference: (row, pattern) => fitsPattern(row.reference, pattern) || fitsPattern(row.repository, pattern),
  kind: (row, kind) => kindOf(row) === kind,
  image: ({ imageId }, id) => imageId.startsWith(id) || imageId.startsWith(`sha256:${id}`),
};

type Kind = 'tag' | 'digest' | 'other';

async function list(rows: readonly Entry[], isWhole: boolean, { out, program }: Context): Promise<void> {
  if (out.json) {
    await out.printJson('references', {
      references: rows.map(({ repository, reference, imageId }) => ({
        repository,
        reference,
        kind: kindOf({ repository, reference }),
        imageId,
      })),
    });
    return;
  }
  await out.print(
    formatTable(
      [
        { title: 'REFERENCE', text: (row) => row.reference },
        { title: 'IMAGE ID', text: (row) => row.imageId, short: (row) => shortId(row.imageId) },
      ],
      rows,
      out.columns,
      out.colours,
      { titled: !out.quiet, shortened: !isWhole },
    ),
  );
  const lost = countUnresolvable(rows);
  if (lost > 0) {
    const count = lost === 1 ? 'one of them is an entry' : `${lost} of them are entries`;
    await out.note(`${count} that Docker cannot resolve; ${program} check says why`);
  }
}

/** Entries that no request finds: the key is no tag or digest of its bucket, or the bucket is not familiar. */
function countUnresolvable(rows: readonly Entry[]): number {
  const familiar = new Map<string, boolean>();
  const isFamiliar = (name: string): boolean => {
    let known = familiar.get(name);
    if (known === undefined) {
      const parsed = tryParseNormalizedNamed(name);
      known = parsed !== undefined && familiarString(parsed) === name;
      familiar.set(name, known);
    }
    return known;
  };
  return rows.filter((row) => kindOf(row) === 'other' || !isFamiliar(row.repository)).length;
}

/** What a key is, by the bucket it stands in: the daemon looks nowhere else. */
function kindOf({ repository, reference }: Pick<Entry, 'repository' | 'reference'>): Kind {
  if (!reference.startsWith(repository)) return 'other';
  const rest = reference.slice(repository.length);
  if (/^:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(rest)) return 'tag';
  return /^@[a-z0-9]+:[a-f0-9]{64,128}$/.test(rest) ? 'digest' : 'other';
}

/** NAME as it stands in the file (odd repositories can be asked for, too), or as a user writes a reference. */
function* select(repositories: Repositories, name: string | undefined): Iterable<Entry> {
  const match = name === undefined ? () => true : matcher(repositories, name);
  for (const entry of repositories.entries()) if (match(entry)) yield entry;
}

function matcher(repositories: Repositories, name: string): (entry: Entry) => boolean {
  const asItStands = [...repositories.buckets()].some((bucket) => bucket.name === name);
  if (asItStands) return ({ repository }) => repository === name;
  const reference = parseNormalizedNamed(name);
  const key = familiarString(reference);
  const repository = familiarName(reference);
  return key === repository
    ? (entry) => entry.repository === repository
    : (entry) => entry.reference === key || entry.reference === name;
}

/** `4d87d2244e11` of `sha256:4d87d2244e11…`, as `docker image ls` shows it; anything else stays whole. */
function shortId(imageId: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(imageId) ? imageId.slice(7, 19) : imageId;
}
