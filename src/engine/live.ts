import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarName, familiarString, favorDigest, type Reference } from '../reference/reference.ts';
import type { Change } from '../repositories/change.ts';
import { diffRepositories } from '../repositories/diff.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import type { Engine, EngineImage, RequestOptions } from './engine.ts';

/**
 * What the API shows of the daemon's memory. It is less and more than repositories.json:
 * - an entry at an image that the daemon does not have (a ghost), or with a key that does not parse, is not shown;
 * - a key that does not read back to itself in its own bucket (a zombie) is shown in familiar form, and no
 *   request finds it.
 */

/** The references that the daemon shows. Where it shows one at two images, the one that it finds by it. */
export async function liveRepositories(engine: Engine, options?: RequestOptions): Promise<Repositories> {
  const shown = shownReferences(await engine.images(options));
  const doubled = [...shown].filter(([, ids]) => ids.length > 1).map(([reference]) => reference);
  const found = await askEach(engine, doubled, options);
  return Repositories.fromEntries(
    [...shown].map(([reference, ids]) => entryOf(reference, found.get(reference) ?? (ids[0] as string))),
  );
}

export interface VerifyOptions extends RequestOptions {
  /** Each of these is asked for by itself: the daemon must find what is expected, or nothing. */
  readonly references?: readonly string[] | undefined;
}

/**
 * The changes that lead from what is expected to what the daemon has; none when it has taken all of it. Compared
 * is what the API can show: an expected ghost, or a key that no request can find, is no difference.
 */
export async function verifyLive(
  engine: Engine,
  expected: Repositories,
  { references = [], ...options }: VerifyOptions = {},
): Promise<Change[]> {
  const images = await engine.images(options);
  const shown = shownReferences(images);
  const known = new Set(images.map(({ id }) => id));
  const asked = askable(references);
  const found = await askEach(engine, [...asked.keys()], options);

  const wanted: Entry[] = [];
  for (const entry of expected.entries()) {
    if (isShownAsItIs(entry, shown)) wanted.push(entry);
    else {
      const reference = tryParseNormalizedNamed(entry.reference);
      if (reference === undefined) continue;
      if (!isResolvable(entry, reference)) {
        const shownAs = familiarString(reference);
        const twin = expected.entry(familiarName(reference), shownAs);
        if (twin !== entry.imageId) takeAway(shown, shownAs, entry.imageId);
      } else if (known.has(entry.imageId) || shown.has(entry.reference) || asked.has(entry.reference)) {
        wanted.push(entry);
      }
    }
  }
  for (const [key, reference] of asked) {
    const imageId = found.get(key);
    if (imageId !== undefined) shown.set(key, [imageId]);
    else if (expected.find(reference) !== undefined) shown.delete(key);
  }
  const has = [...shown].map(([reference, ids]) => {
    const entry = entryOf(reference, ids[0] as string);
    const imageId = expected.entry(entry.repository, reference);
    return imageId !== undefined && ids.includes(imageId) ? { ...entry, imageId } : entry;
  });
  return diffRepositories(Repositories.fromEntries(wanted), Repositories.fromEntries(has));
}

/** Each reference that the listing shows, with the images that it is shown at: more than one only by a zombie. */
function shownReferences(images: readonly EngineImage[]): Map<string, string[]> {
  const shown = new Map<string, string[]>();
  for (const { id, tags, digests } of images) {
    for (const reference of [...tags, ...digests]) {
      const ids = shown.get(reference);
      if (ids === undefined) shown.set(reference, [id]);
      else if (!ids.includes(id)) ids.push(id);
    }
  }
  return shown;
}

function takeAway(shown: Map<string, string[]>, reference: string, imageId: string): void {
  const rest = shown.get(reference)?.filter((id) => id !== imageId);
  if (rest === undefined) return;
  if (rest.length === 0) shown.delete(reference);
  else shown.set(reference, rest);
}

/** The daemon shows familiar forms, so the bucket can be cut off without parsing. */
function entryOf(reference: string, imageId: string): Entry {
  const at = reference.indexOf('@');
  const name = at === -1 ? reference : reference.slice(0, at);
  const colon = name.lastIndexOf(':');
  const repository = colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
  return { repository, reference, imageId };
}

function isShownAsItIs({ repository, reference, imageId }: Entry, shown: Map<string, string[]>): boolean {
  return shown.get(reference)?.includes(imageId) === true && entryOf(reference, '').repository === repository;
}

/** Whether the daemon finds the entry: it looks in the bucket of the parsed name, for the parsed key. */
function isResolvable({ repository, reference: key }: Entry, reference: Reference): boolean {
  return (
    familiarName(reference) === repository &&
    familiarString(reference) === key &&
    (reference.tag === undefined) !== (reference.digest === undefined)
  );
}

/** The keys under which references are looked up, with what they parse to. No daemon finds what does not parse. */
function askable(references: readonly string[]): Map<string, Reference> {
  const asked = new Map<string, Reference>();
  for (const text of references) {
    const parsed = tryParseNormalizedNamed(text);
    if (parsed === undefined) continue;
    const reference = favorDigest(parsed);
    asked.set(familiarString(reference), reference);
  }
  return asked;
}

const requestsAtOnce = 8;

/** What the daemon finds for each reference. It also looks for image IDs, which is no proof of an entry. */
async function askEach(
  engine: Engine,
  references: readonly string[],
  options?: RequestOptions,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await forEachConcurrently(references, requestsAtOnce, async (key) => {
    const image = await engine.inspectImage(key, options);
    if (image?.tags.includes(key) || image?.digests.includes(key)) found.set(key, image.id);
  });
  return found;
}
