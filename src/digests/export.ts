import { arch } from 'node:os';
import type { StoreLocation } from '../dataroot/stores.ts';
import { Repositories } from '../repositories/repositories.ts';
import type { ClaimSource, SourceContext } from '../sources/claim-source.ts';
import { content } from '../sources/content.ts';
import type { Evidence } from '../sources/evidence/evidence.ts';
import type { LocalImages } from '../sources/evidence/local-images.ts';
import { localName, type Naming } from '../sources/evidence/naming.ts';
import { readLocalImages } from '../sources/evidence/read-local-images.ts';
import { type DigestLock, makeDigestLock, type RequestedDigest } from '../sources/lock/digest-lock.ts';
import { requestedDigestsOfEvidence, requestedDigestsOfStore } from '../sources/lock/requested-digests.ts';
import type { Store } from '../store/store.ts';
import type { Problem } from '../system/problems.ts';
import { collect, evidenceOf, problemsOf } from './collect.ts';
import { select } from './plan/select.ts';

export interface ExportOptions extends Omit<SourceContext, 'location' | 'local' | 'naming'> {
  /** Only these: repositories, tags whose images' digests are meant, digests. Default: all. */
  readonly references?: readonly string[] | undefined;
}

export interface ExportFromOptions extends ExportOptions {
  /** Only images of these platforms ("linux/arm64"). Default: all that the sources have, of a registry this host's. */
  readonly platforms?: readonly string[] | undefined;
  /** The names by which the digests go into the document. */
  readonly naming?: Naming | undefined;
  /** The store for which `content:`, `live:` and their like are asked. */
  readonly location?: StoreLocation | undefined;
}

export interface Exported {
  readonly document: DigestLock;
  /** Digests that no manifest at hand proves: they are not in the document. */
  readonly leftOut: readonly RequestedDigest[];
  /** Digests that the sources know under no name: they are not in the document either. */
  readonly nameless: readonly string[];
  /** Digests of the document whose image's config is not at hand, for which it proves nothing in containerd's store. */
  readonly withoutConfig: readonly string[];
  /** What could not be read. */
  readonly problems: readonly Problem[];
}

/**
 * The digests of a store, with the manifests that the daemon kept when it pulled: for another host.
 * @throws RefstoreError INVALID_REPOSITORIES_FILE, SOURCE_FAILED, READ_FAILED, LIMIT_EXCEEDED, ABORTED;
 *   REFERENCE_NOT_FOUND for what `references` names and is not there
 */
export async function exportDigests(store: Store, options: ExportOptions = {}): Promise<Exported> {
  const { location } = store;
  const { repositories } = await store.read();
  const { images } = await readLocalImages({ location, signal: options.signal });
  const local = { images, repositories };
  const requestedDigests = select(requestedDigestsOfStore(local), options.references ?? []);
  const holdings = await collect([content.open('')], { ...options, location, local, withConfigs: true });
  const evidence = holdings.map(evidenceOf);
  const { document, unproven, withoutConfig } = makeDigestLock(requestedDigests, evidence);
  return { document, leftOut: unproven, nameless: [], withoutConfig, problems: problemsOf(holdings) };
}

/**
 * The digests that sources have, whatever is on this host: no store is needed for those that are no store's own.
 * @throws RefstoreError as exportDigests; USAGE for a source that holds no manifests
 */
export async function exportDigestsFrom(
  sources: readonly ClaimSource[],
  { references = [], platforms = [], naming = {}, location, ...options }: ExportFromOptions = {},
): Promise<Exported> {
  const holdings = await collect(sources, {
    ...options,
    withConfigs: true,
    platforms: platforms.length > 0 ? platforms : [thisPlatform()],
    location: location ?? nowhere,
    local:
      location?.driver === undefined ? nothing : await readLocalImages({ location, signal: options.signal }),
  });
  const evidence = holdings.map((held) => renamed(evidenceOf(held), naming));
  const wanted = platforms.length > 0 ? platforms : [undefined];
  const all = evidence.flatMap((one) =>
    wanted.flatMap((platform) => requestedDigestsOfEvidence(one, platform)),
  );
  const { document, unproven, withoutConfig } = makeDigestLock(merged(select(all, references)), evidence);
  const unnamed = evidence.flatMap(({ describedDigests }) =>
    describedDigests.filter(({ repository }) => repository === undefined),
  );
  return {
    document,
    leftOut: unproven,
    nameless: [...new Set(unnamed.map(({ digest }) => digest))],
    withoutConfig,
    problems: problemsOf(holdings),
  };
}

const nowhere: StoreLocation = { dataRoot: undefined, driver: undefined, file: 'repositories.json' };
const nothing: LocalImages = { images: new Map(), repositories: Repositories.empty };

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** As indexes name it. The images are Linux's wherever this runs. */
function thisPlatform(): string {
  return `linux/${architectures[arch()] ?? arch()}`;
}

function renamed(evidence: Evidence, naming: Naming): Evidence {
  const describedDigests = evidence.describedDigests.map((describedDigest) => {
    const given = describedDigest.repository ?? naming.as;
    return { ...describedDigest, repository: given === undefined ? undefined : localName(given, naming) };
  });
  return { ...evidence, describedDigests };
}

/** A source may have one digest by several tags. */
function merged(requestedDigests: readonly RequestedDigest[]): RequestedDigest[] {
  const byKey = new Map<string, RequestedDigest>();
  for (const requested of requestedDigests) {
    const key = `${requested.reference} ${requested.image}`;
    const tags = [...(byKey.get(key)?.tags ?? []), ...(requested.tags ?? [])];
    byKey.set(key, { ...requested, tags: [...new Set(tags)].sort() });
  }
  return [...byKey.values()];
}
