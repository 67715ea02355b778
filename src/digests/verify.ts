import type { Engine, EngineImage } from '../engine/engine.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { impliedRepository } from '../repositories/patch.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import type { ClaimSource, SourceContext } from '../sources/claim-source.ts';
import { content } from '../sources/content.ts';
import type { LocalImages } from '../sources/evidence/local-images.ts';
import { type EvidenceMatches, matchEvidence } from '../sources/evidence/match-evidence.ts';
import type { Naming } from '../sources/evidence/naming.ts';
import { readLocalImages } from '../sources/evidence/read-local-images.ts';
import type { Store } from '../store/store.ts';
import type { Problem } from '../system/problems.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import { collect, evidenceOf, problemsOf, type SourceContent } from './collect.ts';
import { matcher } from './plan/select.ts';
import { fails, type Verified } from './plan/verification-status.ts';
import { verifyImages } from './plan/verify-images.ts';
import { missingFrom, verifyStored } from './plan/verify-stored.ts';

export interface VerifyDigestsOptions extends Omit<SourceContext, 'location' | 'local'> {
  /** Only these: repositories, tags whose images' digests are meant, digests. Default: all. */
  readonly references?: readonly string[] | undefined;
  /** Whose manifests are believed, beside those that the daemon kept. */
  readonly sources?: readonly ClaimSource[] | undefined;
}

export interface Verification {
  /** In the order of the store, then what is not there. */
  readonly digests: readonly Verified[];
  /** None of them is known not to hold. */
  readonly holds: boolean;
  /** What could not be read. */
  readonly problems: readonly Problem[];
}

/**
 * Whether the digests of a store on the disk hold. Nothing is written.
 * @throws RefstoreError INVALID_REPOSITORIES_FILE, INVALID_REFERENCE, what sources throw
 */
export async function verifyDigests(
  store: Store,
  { references = [], sources = [], ...options }: VerifyDigestsOptions = {},
): Promise<Verification> {
  const { location } = store;
  const { repositories } = await store.read();
  const { images } = await readLocalImages({ location, signal: options.signal });
  const local: LocalImages = { images, repositories };
  const own = location.dataRoot === undefined ? [] : [content.open('')];
  const holdings = await collect([...own, ...sources], { ...options, location, local });
  const matched = holdings.map((held) => match(held, local, options.naming));
  const stored = verifyStored(
    local,
    matched.flatMap(({ proofs }) => proofs),
  );
  // What the daemon kept of its pulls names children of indexes too, which it never recorded.
  const asked = matched.filter((_, index) => index >= own.length);
  const missing = missingFrom(asked.flatMap(({ matches }) => matches));
  return concluded([...stored, ...missing], references, local, problemsOf(holdings));
}

export interface VerifyEngineOptions extends VerifyDigestsOptions, Pick<SourceContext, 'location'> {
  /**
   * Why no container can be made from a reference; undefined where one can. Asked for what the daemon shows without
   * layers or history. Without it such digests are taken for what they are shown as.
   */
  readonly whyNotRunnable?: ((reference: string) => Promise<string | undefined>) | undefined;
}

/** Questions to the daemon under way at one time. */
const concurrency = 4;

/**
 * Whether the digests that a daemon with the containerd image store shows hold.
 * @throws RefstoreError ENGINE_FAILED, INVALID_REFERENCE, what sources throw
 */
export async function verifyEngineDigests(
  engine: Engine,
  { references = [], sources = [], whyNotRunnable, ...options }: VerifyEngineOptions,
): Promise<Verification> {
  const images = await engine.images({ signal: options.signal });
  const local: LocalImages = {
    images: new Map(images.map(({ id }) => [id, undefined])),
    repositories: Repositories.fromEntries(images.flatMap(entriesOf)),
  };
  const holdings = await collect(sources, { ...options, local });
  const verified = verifyImages(images, holdings.map(evidenceOf), options.naming);
  const { digests, problems } = concluded(verified, references, local, problemsOf(holdings));
  const looked = new Map<Verified, Verified>();
  await forEachConcurrently(digests, concurrency, async (one) => {
    looked.set(one, await lookAgain(one, engine, whyNotRunnable, options.signal));
  });
  const all = digests.map((one) => looked.get(one) ?? one);
  return { digests: all, holds: !all.some(fails), problems };
}

/** What is in no list may be found all the same (26.1), and what is shown may not run (28.5). */
async function lookAgain(
  one: Verified,
  engine: Engine,
  whyNotRunnable: VerifyEngineOptions['whyNotRunnable'],
  signal: AbortSignal | undefined,
): Promise<Verified> {
  const { reference, standing, source } = one;
  const digest = parseNormalizedNamed(reference).digest;
  if (digest === undefined || (standing !== 'absent' && standing !== 'holds')) return one;
  const found = await engine.inspectImage(reference, { signal });
  // A record by this name that leads elsewhere is what Docker 29's migration leaves.
  if (found?.id !== digest) return standing === 'holds' ? { ...one, standing: 'unresolvable' } : one;
  const held: Verified = {
    ...one,
    standing: 'holds',
    imageId: digest,
    source: source ?? 'the daemon',
    proven: [digest],
  };
  const isWhole = found.layers !== undefined && (await engine.hasHistory(reference, { signal }));
  if (isWhole || whyNotRunnable === undefined) return held;
  const reason = await whyNotRunnable(reference);
  return reason === undefined ? held : { ...held, standing: 'not-runnable', reason };
}

function match(held: SourceContent, local: LocalImages, naming: Naming | undefined): EvidenceMatches {
  return matchEvidence(evidenceOf(held), local, naming);
}

/** The names that a daemon shows, where a store has them. */
function entriesOf({ id, tags, digests }: EngineImage): Entry[] {
  return [...tags, ...digests].flatMap((reference) => {
    const repository = impliedRepository(reference);
    return repository === undefined ? [] : { repository, reference, imageId: id };
  });
}

/** Those that are asked for; what is asked for and not there is told as well. */
function concluded(
  verified: readonly Verified[],
  references: readonly string[],
  local: LocalImages,
  problems: readonly Problem[],
): Verification {
  const tags = tagsByImage(local);
  const all = verified.map((one) => ({
    one,
    reference: one.reference,
    tags: [one.tag ?? [], tags.get(placeOf(one)) ?? []].flat(),
  }));
  const asked = references.map((name) => ({ name, isMeant: matcher(parseNormalizedNamed(name)) }));
  const absent = asked
    .filter(({ isMeant }) => !all.some(isMeant))
    .map(({ name: reference }): Verified => {
      return { reference, standing: 'absent', imageId: undefined, source: undefined, proven: [] };
    });
  const chosen = all.filter((each) => asked.length === 0 || asked.some(({ isMeant }) => isMeant(each)));
  const digests = [...chosen.map(({ one }) => one), ...absent];
  return { digests, holds: !digests.some(fails), problems };
}

/** The tags of a repository at an image. */
function tagsByImage({ repositories }: LocalImages): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, string[]>();
  for (const { repository, reference, imageId } of repositories.entries()) {
    if (reference.includes('@')) continue;
    const key = `${repository} ${imageId}`;
    tags.set(key, [...(tags.get(key) ?? []), reference]);
  }
  return tags;
}

function placeOf({ reference, imageId }: Verified): string {
  return `${impliedRepository(reference)} ${imageId}`;
}
