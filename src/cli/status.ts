import type { DecidedImageStore } from '../dataroot/image-store.ts';
import type { DataRootUser } from '../dataroot/in-use.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import type { Facts, ImageStoreFacts, LockFacts } from '../facts/facts.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './framework/command.ts';
import {
  isLocal,
  type RunningEngine,
  runningEngine,
  whyElsewhere,
  whyUnanswered,
} from './target/running-engine.ts';
import { openTarget } from './target/target.ts';

/** What `status` tells; the JSON document as it stands. Null: not known, or not there. */
export interface Status {
  readonly imageStore: ImageStoreFacts['kind'] | null;
  readonly imageStoreWhy: string;
  readonly daemon: (EngineInfo & { readonly host: string }) | null;
  /** Why the daemon that answered is not the one that works on this data root; null where it is. */
  readonly daemonElsewhere: string | null;
  /** Why no daemon answered, where one was asked or could not be. */
  readonly daemonProblem: string | null;
  readonly store: StoreStatus | null;
  /**
   * Whether the daemon's memory differs from the file: a restart is pending, or an edit about to be lost. Null
   * where the daemon of this data root does not answer, or does not use the file.
   */
  readonly restartPending: boolean | null;
  /** How many entries differ. */
  readonly differences: number | null;
  /** Live changes that have something on this host that is not put back yet: under way, or interrupted. */
  readonly live: readonly LiveStatus[];
  /** Why there is no store, or why its file cannot be read. */
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface LiveStatus {
  readonly journal: string;
  readonly started: string | null;
  /** The run that makes it is at work. */
  readonly isUnderWay: boolean;
  /** Files that are not as they were. */
  readonly files: readonly string[];
}

export interface StoreStatus {
  readonly dataRoot: string | null;
  readonly driver: string | null;
  readonly file: string;
  /** How it was found. */
  readonly why: string;
  /** Null: we may not look. */
  readonly exists: boolean | null;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly counts: Counts | null;
  readonly backups: number | null;
  readonly lock: LockFacts | null;
  /** The process that works on the data root, told by its locks: without a socket too. */
  readonly usedBy: DataRootUser | null;
}

export interface Counts {
  readonly references: number;
  readonly tags: number;
  readonly digests: number;
  readonly repositories: number;
  readonly images: number;
}

/** Nothing is changed and no daemon is started. What is wrong with the store is told, not thrown. */
export async function gatherStatus(context: Context): Promise<Status> {
  const running = await runningEngine(context);
  const opened = await attempt(() => openTarget(context));
  const read = opened.value && (await attempt(opened.value.read));
  const parsed = read?.value && (await attempt(async () => read.value?.repositories));
  const facts = opened.value && (await factsOf(opened.value, read?.value, running, context));
  const elsewhere = await elsewhereOf(opened.value, running, context);
  const ours = elsewhere === null ? running : undefined;
  const imageStore = facts?.imageStore ?? saidBy(ours) ?? (await decided(opened.value, context));
  // A file that the daemon does not read is not compared with its memory.
  const isCompared = facts?.live !== undefined && imageStore.kind !== 'containerd' && parsed?.value;
  const differences = isCompared ? (facts?.live?.differences.length ?? null) : null;
  return {
    imageStore: imageStore.kind ?? null,
    imageStoreWhy: imageStore.why,
    daemon: running === undefined ? null : { host: running.engine.host, ...running.info },
    daemonElsewhere: elsewhere,
    daemonProblem: whyUnanswered(context) ?? null,
    store: opened.value === undefined ? null : await describe(opened.value, read, parsed?.value),
    restartPending: differences === null ? null : differences > 0,
    differences,
    live: await liveStatus(context),
    // With the containerd image store there need not be a store.
    problem:
      opened.problem !== undefined && imageStore.kind === 'containerd'
        ? null
        : (opened.problem ?? read?.problem ?? parsed?.problem ?? null),
  };
}

async function liveStatus({ env }: Context): Promise<LiveStatus[]> {
  const [{ readJournals }, { stateFolder }] = await Promise.all([
    import('../live/journal.ts'),
    import('../live/state-folder.ts'),
  ]);
  const found = await readJournals(stateFolder(env));
  return found.map(({ file, journal, isActive }) => ({
    journal: file,
    started: journal?.started ?? null,
    isUnderWay: isActive,
    files: [journal?.daemonJson?.file, journal?.hosts?.file].filter((one) => one !== undefined),
  }));
}

interface Attempt<T> {
  readonly value?: T;
  readonly problem?: Status['problem'];
}

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof RefstoreError) || error.code === 'ABORTED') throw error;
    return { problem: { code: error.code, message: error.message, hint: error.hint ?? null } };
  }
}

async function factsOf(
  { location }: Store,
  snapshot: Snapshot | undefined,
  running: RunningEngine | undefined,
  context: Context,
): Promise<Pick<Facts, 'live' | 'imageStore'>> {
  const { daemonFacts } = await import('../check-and-repair/daemon-facts.ts');
  return daemonFacts(location, snapshot?.stat && snapshot.bytes, {
    engine: running !== undefined && isLocal(running.engine.host) ? running.engine : undefined,
    env: context.env,
    signal: context.signal,
  });
}

async function elsewhereOf(
  store: Store | undefined,
  running: RunningEngine | undefined,
  { globals }: Context,
): Promise<string | null> {
  if (running === undefined || globals.file !== undefined) return null;
  const dataRoot = store?.location.dataRoot ?? globals['data-root'] ?? running.info.dataRoot;
  return (await whyElsewhere(dataRoot, running)) ?? null;
}

function saidBy(running: RunningEngine | undefined): ImageStoreFacts | undefined {
  if (running === undefined) return undefined;
  const { imageStore, driver } = running.info;
  return { kind: imageStore, why: `the daemon says so, its driver is ${driver}` };
}

/** Of the store's data root; without a store, of the one that was named, or the first of the usual ones there is. */
async function decided(store: Store | undefined, { globals, env }: Context): Promise<DecidedImageStore> {
  const [{ decideImageStore }, { configured, usualInstallations }, { isFolder }] = await Promise.all([
    import('../dataroot/image-store.ts'),
    import('../dataroot/installations.ts'),
    import('../dataroot/stores.ts'),
  ]);
  const installations = usualInstallations(env);
  const named = store?.location.dataRoot ?? globals['data-root'];
  const silent = { kind: undefined, why: 'no daemon answers, and no daemon.json says it' };
  if (named !== undefined || globals.file !== undefined) {
    return named === undefined ? silent : decideImageStore(named, installations);
  }
  const usual = await attempt(() => configured(installations));
  for (const { dataRoot } of usual.value ?? []) {
    if (isFolder(dataRoot)) return decideImageStore(dataRoot, installations);
  }
  return silent;
}

async function describe(
  store: Store,
  read: Attempt<Snapshot> | undefined,
  repositories: Repositories | undefined,
): Promise<StoreStatus> {
  const { dataRoot, driver, file, why } = store.location;
  const snapshot = read?.value;
  const [{ lockFacts }, { dataRootUser }] = await Promise.all([
    import('../check-and-repair/lock-facts.ts'),
    import('../dataroot/in-use.ts'),
  ]);
  return {
    dataRoot: dataRoot ?? null,
    driver: driver ?? null,
    file,
    why,
    exists: snapshot === undefined ? isThere(read?.problem) : snapshot.stat !== undefined,
    size: snapshot?.stat?.size ?? null,
    sha256: snapshot?.sha256 ?? null,
    counts: repositories === undefined ? null : count(repositories),
    backups: (await attempt(store.backups)).value?.length ?? null,
    lock: (await lockFacts(file)) ?? null,
    usedBy: (dataRoot && (await attempt(() => dataRootUser(dataRoot))).value) || null,
  };
}

/** A file that could not be read: what is no regular file, or too large a one, is there all the same. */
function isThere(problem: Status['problem'] | undefined): boolean | null {
  return problem?.code === 'READ_FAILED' ? null : true;
}

function count(repositories: Repositories): Counts {
  const names = new Set<string>();
  const images = new Set<string>();
  let digests = 0;
  for (const { repository, reference, imageId } of repositories.entries()) {
    names.add(repository);
    images.add(imageId);
    if (reference.includes('@')) digests++;
  }
  const { size } = repositories;
  return { references: size, tags: size - digests, digests, repositories: names.size, images: images.size };
}
