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
import {
  type FoundStore,
  isFolder,
  locationOf,
  remappedStoresIn,
  type StoreLocation,
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
}

/** The stores that come into question, and what is known of how they were found. */
interface Candidates {
  readonly stores: readonly FoundStore[];
  readonly why: string;
  /** The folders that were looked into, each with what was wrong with it, if anything. */
  readonly looked: readonly string[];
}

/**
 * Finds the reference store: the one that was named, else the running daemon's, else that of the data root in
 * daemon.json, else the only one at the usual places. The driver is the one in use, else the only one there.
 *
 * @throws RefstoreError STORE_NOT_FOUND (says where it looked), STORE_AMBIGUOUS (names them all), READ_FAILED
 */
export async function locateStore(options: LocateOptions): Promise<LocatedStore> {
  if (options.file !== undefined) return await namedFile(options.file, options);
  const daemon = await options.askDaemon?.();
  const installations = options.installations ?? usualInstallations(options.env ?? {});
  const candidates =
    options.dataRoot !== undefined
      ? await inNamedRoot(resolve(options.dataRoot), daemon, installations)
      : daemon !== undefined
        ? await inDaemonsRoot(daemon)
        : await inInstallations(await configured(installations));
  return only(candidates, options.driver);
}

async function namedFile(path: string, { dataRoot, driver }: LocateOptions): Promise<LocatedStore> {
  const location = locationOf(resolve(path));
  const folder = dirname(location.file);
  if (!(await isFolder(folder))) {
    throw new RefstoreError('STORE_NOT_FOUND', `there is no folder ${folder}`, {
      hint: 'name a repositories.json in an existing folder',
      details: { file: location.file },
    });
  }
  return {
    dataRoot: dataRoot === undefined ? location.dataRoot : resolve(dataRoot),
    driver: driver ?? location.driver,
    file: location.file,
    why: 'the file was named',
  };
}

async function inNamedRoot(
  dataRoot: string,
  daemon: DaemonPlace | undefined,
  installations: readonly Installation[],
): Promise<Candidates> {
  const own = await storesIn(dataRoot);
  const stores = own.length > 0 ? own : await remappedStoresIn(dataRoot);
  const found = { stores, why: 'the data root was named', looked: [dataRoot] };
  if (stores.length < 2) return found;
  const inUse = daemon === undefined ? [] : stores.filter((store) => isOf(store, daemon));
  if (inUse.length > 0)
    return { ...found, stores: inUse, why: `${found.why}, and the running daemon uses this driver` };
  const config = (await configured(installations)).find(
    (other) => resolve(other.dataRoot) === dataRoot,
  )?.config;
  return { ...found, ...decidedBy(config, stores, found.why) };
}

/**
 * The daemon's driver counts where it has a folder: with the containerd image store the daemon names a
 * snapshotter instead, and what a data root still holds of older drivers is all there is to choose from.
 */
async function inDaemonsRoot(daemon: DaemonPlace): Promise<Candidates> {
  const stores = await storesIn(daemon.dataRoot);
  const inUse = stores.filter((store) => isOf(store, daemon));
  const why = `the running daemon's data root is ${daemon.dataRoot}`;
  if (inUse.length === 0) return { stores, why, looked: [daemon.dataRoot] };
  return { stores: inUse, why: `${why} and its driver is ${daemon.driver}`, looked: [daemon.dataRoot] };
}

async function inInstallations(installations: readonly ConfiguredInstallation[]): Promise<Candidates> {
  const named = installations.filter(({ config }) => config?.dataRoot !== undefined);
  const usual = installations.filter(({ config }) => config?.dataRoot === undefined);
  const inNamed = await together(named);
  if (inNamed.stores.length > 0) return inNamed;
  const inUsual = await together(usual);
  return { ...inUsual, looked: [...inNamed.looked, ...inUsual.looked] };
}

async function together(installations: readonly ConfiguredInstallation[]): Promise<Candidates> {
  const each = await Promise.all(installations.map(inInstallation));
  const stores = each.flatMap((candidates) => candidates.stores);
  const why = each.find((candidates) => candidates.stores.length > 0)?.why ?? '';
  return { stores, why, looked: each.flatMap((candidates) => candidates.looked) };
}

async function inInstallation({ dataRoot, config }: ConfiguredInstallation): Promise<Candidates> {
  const why =
    config?.dataRoot === undefined
      ? `no daemon answers, and ${dataRoot} is where Docker usually keeps it`
      : `no daemon answers, and ${config.file} names the data root ${dataRoot}`;
  try {
    const stores = [...(await storesIn(dataRoot)), ...(await remappedStoresIn(dataRoot))];
    return { ...decidedBy(config, stores, why), looked: [dataRoot] };
  } catch (error) {
    // A user who is not root cannot look into /var/lib/docker and may well have a rootless store.
    if (!(error instanceof RefstoreError)) throw error;
    return { stores: [], why, looked: [`${dataRoot} (${error.message})`] };
  }
}

/** What daemon.json says about the driver and userns-remap narrows the choice where there is one. */
function decidedBy(
  config: DaemonConfig | undefined,
  stores: readonly FoundStore[],
  why: string,
): Pick<Candidates, 'stores' | 'why'> {
  if (config === undefined || stores.length < 2) return { stores, why };
  const { storageDriver, usernsRemap, file } = config;
  const left = stores
    .filter((store) => storageDriver === undefined || store.driver === storageDriver)
    .filter((store) => usernsRemap === undefined || store.isRemapped);
  return left.length === 0 || left.length === stores.length
    ? { stores, why }
    : { stores: left, why: `${why}; ${file} decides among several stores` };
}

function isOf(store: FoundStore, daemon: DaemonPlace): boolean {
  return store.dataRoot === resolve(daemon.dataRoot) && store.driver === daemon.driver;
}

function only({ stores, why, looked }: Candidates, driver: string | undefined): LocatedStore {
  const fitting = driver === undefined ? stores : stores.filter((store) => store.driver === driver);
  const [store, ...others] = fitting;
  if (store === undefined) throw notFound(stores, driver, looked);
  if (others.length > 0) throw ambiguous(fitting);
  const { dataRoot, file } = store;
  return {
    dataRoot,
    driver: store.driver,
    file,
    why: driver === undefined ? why : `${why}, and the driver too`,
  };
}

function notFound(
  stores: readonly FoundStore[],
  driver: string | undefined,
  looked: readonly string[],
): RefstoreError {
  const wanted = driver === undefined ? 'no reference store' : `no reference store of the driver ${driver}`;
  const there = stores.length === 0 ? '' : `; there is ${stores.map((store) => store.file).join(', ')}`;
  return new RefstoreError('STORE_NOT_FOUND', `${wanted} found in ${looked.join(', ')}${there}`, {
    hint: 'name the data root with --data-root, or the file with --file',
    details: { looked, driver, found: stores.map((store) => store.file) },
  });
}

function ambiguous(stores: readonly FoundStore[]): RefstoreError {
  const files = stores.map((store) => store.file);
  const roots = new Set(stores.map((store) => store.dataRoot));
  return new RefstoreError(
    'STORE_AMBIGUOUS',
    `there are ${files.length} reference stores and no running daemon says which one it uses: ${files.join(', ')}`,
    {
      hint:
        roots.size > 1
          ? 'name one with --data-root, and --driver if need be'
          : `name one with --driver ${stores.map((store) => store.driver).join(' or --driver ')}`,
      details: { stores: stores.map(({ dataRoot, driver, file }) => ({ dataRoot, driver, file })) },
    },
  );
}
