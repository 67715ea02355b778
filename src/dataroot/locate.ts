import { dirname, resolve } from 'node:path';
import { RefstoreError } from '../errors.ts';
import type { DaemonConfig } from './daemon-config.ts';
import {
  type ConfiguredInstallation,
  configured,
  type Environment,
  type Installation,
  usualInstallations,
} from './installations.ts';
import { type Looked, noFolder, storeAmbiguous, storeNotFound } from './locate-errors.ts';
import {
  type FoundStore,
  isFolder,
  isSameFolder,
  locationOf,
  remappedStoresIn,
  type StoreLocation,
  storeLinksIn,
  storesIn,
} from './stores.ts';

export { type StoreLocation, storesIn } from './stores.ts';

export interface LocateOptions {
  readonly dataRoot?: string | undefined;
  readonly driver?: string | undefined;
  /** A repositories.json by itself. One at <root>/image/<driver>/repositories.json knows its data root. */
  readonly file?: string | undefined;
  /** Asks the running daemon for its data root and storage driver; undefined when none answers. */
  readonly askDaemon?: (() => Promise<DaemonPlace | undefined>) | undefined;
  /** HOME, XDG_CONFIG_HOME and XDG_DATA_HOME, for rootless Docker. Without it: the home folder of this user. */
  readonly env?: Environment | undefined;
  /** Where Docker may be installed; for a mounted disk. Default: /var/lib/docker, rootless, snap. */
  readonly installations?: readonly Installation[] | undefined;
}

export interface DaemonPlace {
  readonly dataRoot: string;
  readonly driver: string;
}

export interface LocatedStore extends StoreLocation {
  /** How it was found, in one sentence. */
  readonly why: string;
  /** Files of stores that a daemon with userns-remap keeps below the data root, where nothing tells that none does. */
  readonly leftOut?: readonly string[] | undefined;
}

/** The stores that come into question, and how they were found. */
interface Candidates {
  readonly stores: readonly FoundStore[];
  readonly why: string;
  readonly looked: readonly Looked[];
  readonly leftOut?: readonly string[];
}

/**
 * Finds the reference store: the one that was named, else the running daemon's, else that of the data root in
 * daemon.json, else the only one at the usual places. The driver is the one that was named, else the one in
 * use, else the only one there.
 *
 * @throws RefstoreError STORE_NOT_FOUND (says where it looked), STORE_AMBIGUOUS (names them all), READ_FAILED
 */
export async function locateStore(options: LocateOptions): Promise<LocatedStore> {
  const { file, dataRoot, driver } = options;
  if (file !== undefined) return namedFile(file, options);
  const daemon = await options.askDaemon?.();
  const candidates =
    dataRoot !== undefined
      ? await inNamedRoot(resolve(dataRoot), daemon, options)
      : daemon !== undefined
        ? inDaemonsRoot(daemon, driver)
        : inInstallations(await configured(installationsOf(options)), driver);
  const [store, ...others] = ofDriver(candidates.stores, driver);
  if (store === undefined) {
    const looked = candidates.looked.map((one) => ({ ...one, links: storeLinksIn(one.dataRoot) }));
    throw storeNotFound(looked, candidates.stores, driver);
  }
  if (others.length > 0) throw storeAmbiguous([store, ...others]);
  return {
    dataRoot: store.dataRoot,
    driver: store.driver,
    file: store.file,
    why: driver === undefined ? candidates.why : `${candidates.why}; the driver was named`,
    ...(candidates.leftOut?.length ? { leftOut: candidates.leftOut } : {}),
  };
}

function namedFile(path: string, { dataRoot, driver }: LocateOptions): LocatedStore {
  const location = locationOf(resolve(path));
  const folder = dirname(location.file);
  if (!isFolder(folder)) throw noFolder(folder, location.file);
  return {
    dataRoot: dataRoot === undefined ? location.dataRoot : resolve(dataRoot),
    driver: driver ?? location.driver,
    file: location.file,
    isFileNamed: true,
    why: 'the file was named',
  };
}

async function inNamedRoot(
  dataRoot: string,
  daemon: DaemonPlace | undefined,
  options: LocateOptions,
): Promise<Candidates> {
  const stores = [...storesIn(dataRoot), ...remappedStoresIn(dataRoot)];
  const named = { stores, why: 'the data root was named', looked: [{ dataRoot }] };
  if (ofDriver(stores, options.driver).length < 2) return named;
  const used = daemon === undefined ? named : usedBy(daemon, named, options.driver);
  if (used !== named) return used;
  for (const installation of await configured(installationsOf(options))) {
    if (isSameFolder(installation.dataRoot, dataRoot))
      return decidedBy(installation.config, named, options.driver);
  }
  // No daemon of this host works there. One that does on its own host works in the folder itself, unless remapped.
  const decided = decidedBy(undefined, named, options.driver);
  const leftOut = stores.filter((store) => store.isRemapped && !decided.stores.includes(store));
  return { ...decided, leftOut: leftOut.map(({ file }) => file) };
}

function inDaemonsRoot(daemon: DaemonPlace, driver: string | undefined): Candidates {
  const { dataRoot } = daemon;
  const why = `the running daemon's data root is ${dataRoot}`;
  return usedBy(daemon, { stores: storesIn(dataRoot), why, looked: [{ dataRoot }] }, driver);
}

function inInstallations(
  installations: readonly ConfiguredInstallation[],
  driver: string | undefined,
): Candidates {
  const [unknown] = installations.flatMap(({ problem }) => problem ?? []);
  if (unknown !== undefined) throw unknown;
  const isNamed = ({ config }: ConfiguredInstallation) => config?.dataRoot !== undefined;
  const named = inEach(installations.filter(isNamed), driver);
  if (named.stores.length > 0) return named;
  const usual = inEach(
    installations.filter((installation) => !isNamed(installation)),
    driver,
  );
  return { ...usual, looked: [...named.looked, ...usual.looked] };
}

function inEach(installations: readonly ConfiguredInstallation[], driver: string | undefined): Candidates {
  const each = installations.map((installation) => inInstallation(installation, driver));
  return {
    stores: each.flatMap(({ stores }) => stores),
    why: each.find(({ stores }) => stores.length > 0)?.why ?? '',
    looked: each.flatMap(({ looked }) => looked),
  };
}

function inInstallation(
  { dataRoot, config }: ConfiguredInstallation,
  driver: string | undefined,
): Candidates {
  const why =
    config?.dataRoot === undefined
      ? `no daemon was asked or answered, and ${dataRoot} is a usual data root`
      : `no daemon was asked or answered, and ${config.file} names the data root ${dataRoot}`;
  try {
    const stores = [...storesIn(dataRoot), ...remappedStoresIn(dataRoot)];
    return decidedBy(config, { stores, why, looked: [{ dataRoot }] }, driver);
  } catch (error) {
    // A user who is not root cannot look into /var/lib/docker and may well have a rootless store.
    if (!(error instanceof RefstoreError)) throw error;
    return { stores: [], why, looked: [{ dataRoot, problem: error }] };
  }
}

/**
 * Narrowed to what the daemon uses, where it has a folder there: with the containerd image store it names a
 * snapshotter as its driver, and what older drivers left is all there is to choose from.
 */
function usedBy(daemon: DaemonPlace, candidates: Candidates, driver: string | undefined): Candidates {
  const { stores, why } = candidates;
  const used = stores.filter(
    (store) => store.driver === (driver ?? daemon.driver) && isSameFolder(store.dataRoot, daemon.dataRoot),
  );
  if (used.length === 0) return candidates;
  return {
    ...candidates,
    stores: used,
    why: driver === undefined ? `${why}, and it uses ${daemon.driver}` : why,
  };
}

/**
 * Narrowed by what the installation's daemon.json and service say about userns-remap and the driver, where that leaves
 * any. Without userns-remap the daemon works in the data root itself: what is below UID.GID is of another time.
 */
function decidedBy(
  config: DaemonConfig | undefined,
  candidates: Candidates,
  driver: string | undefined,
): Candidates {
  const { stores, why } = candidates;
  const isRemapped = config?.usernsRemap !== undefined;
  const wanted = driver ?? config?.storageDriver;
  const inPlace = narrowed(stores, (store) => store.isRemapped === isRemapped);
  const left = narrowed(inPlace, (store) => wanted === undefined || store.driver === wanted);
  if (left.length === stores.length) return candidates;
  const what = config?.file ?? 'userns-remap is not configured, which';
  return { ...candidates, stores: left, why: `${why}; ${what} decides among the stores there` };
}

/** Those that fit; all, where none does. */
function narrowed(
  stores: readonly FoundStore[],
  fits: (store: FoundStore) => boolean,
): readonly FoundStore[] {
  const left = stores.filter(fits);
  return left.length === 0 ? stores : left;
}

function ofDriver(stores: readonly FoundStore[], driver: string | undefined): readonly FoundStore[] {
  return driver === undefined ? stores : stores.filter((store) => store.driver === driver);
}

function installationsOf({ installations, env = {} }: LocateOptions): readonly Installation[] {
  return installations ?? usualInstallations(env);
}
