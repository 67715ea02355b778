import { RefstoreError } from '../../errors.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../../reference/parse.ts';
import { canonicalName, familiarName } from '../../reference/reference.ts';
import { quoted } from '../../util/escape.ts';

/** How names change on the way from a source to this host. */
export interface Naming {
  /** --as NAME: everything is given under this name, whatever the source calls it. Familiar. */
  readonly as?: string | undefined;
  /** --map OLD=NEW, in the order in which they were given. */
  readonly map?: readonly NameChange[] | undefined;
  /**
   * What a source does not name (dir:, a bare layout), where its image is tagged in several repositories here: given
   * in each of them (default), or in none, as nothing tells which of them the digest is of.
   */
  readonly eachName?: boolean | undefined;
}

/** Canonical names; both end in a slash where everything below them is meant. */
export interface NameChange {
  readonly from: string;
  readonly to: string;
}

/**
 * `--as NAME`.
 * @throws RefstoreError USAGE, INVALID_REFERENCE
 */
export function parseAs(text: string): string {
  const reference = parseNormalizedNamed(text);
  if (reference.tag === undefined && reference.digest === undefined) return familiarName(reference);
  throw usage(
    `--as takes a name without tag and digest, not ${quoted(text)}`,
    `write ${familiarName(reference)}`,
  );
}

/**
 * `--map OLD=NEW`: a repository, or with a slash behind both everything below: `mirror.local:5000/=docker.io/`.
 * @throws RefstoreError USAGE
 */
export function parseNameChange(text: string): NameChange {
  const [from = '', to = '', ...rest] = text.split('=');
  const shape = 'write OLD=NEW: two repositories, or two beginnings that end in a slash';
  if (from === '' || to === '' || rest.length > 0)
    throw usage(`--map takes OLD=NEW, not ${quoted(text)}`, shape);
  if (from.endsWith('/') !== to.endsWith('/')) {
    throw usage(`--map ${quoted(text)}: only one side ends in a slash`, shape);
  }
  return { from: canonical(from, text), to: canonical(to, text) };
}

/** The name by which a repository of a source goes here; undefined when the new name is invalid. */
export function localName(repository: string, { as, map = [] }: Naming): string | undefined {
  return as ?? renamed(repository, map);
}

/** The name by which a source knows a repository of this host: what `map` turns into it, or its own. */
export function nameThere(repository: string, { map = [] }: Naming): string {
  const back = map.map(({ from, to }) => ({ from: to, to: from }));
  return renamed(repository, back) ?? repository;
}

/** The first change of just this name counts, else the one with the longest beginning. */
function renamed(repository: string, map: readonly NameChange[]): string | undefined {
  const reference = tryParseNormalizedNamed(repository);
  if (reference === undefined) return undefined;
  const name = canonicalName(reference);
  const beginnings = map
    .filter(({ from }) => from.endsWith('/') && name.startsWith(from))
    .sort((left, right) => right.from.length - left.from.length);
  const change = map.find(({ from }) => from === name) ?? beginnings[0];
  if (change === undefined) return repository;
  const result = tryParseNormalizedNamed(change.to + name.slice(change.from.length));
  if (result === undefined) return undefined;
  const familiar = familiarName(result);
  const again = tryParseNormalizedNamed(familiar);
  // docker.io/foo.io/x has no name of its own in the store: its familiar form is another repository.
  return again !== undefined && canonicalName(again) === canonicalName(result) ? familiar : undefined;
}

function canonical(side: string, text: string): string {
  const isBeginning = side.endsWith('/');
  // Two parts more, as one alone after docker.io/ would get library/ before it.
  const reference = tryParseNormalizedNamed(isBeginning ? `${side}x/x` : side);
  if (reference === undefined || reference.tag !== undefined || reference.digest !== undefined) {
    throw usage(
      `--map ${quoted(text)}: ${quoted(side)} is not the name of a repository`,
      'write it without tag and digest, in lower case',
    );
  }
  const name = canonicalName(reference);
  return isBeginning ? name.slice(0, -'x/x'.length) : name;
}

function usage(message: string, hint: string): RefstoreError {
  return new RefstoreError('USAGE', message, { hint });
}
