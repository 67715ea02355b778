import { type CheckOptions, checkFacts, type Report } from '../check/check.ts';
import { type GatherOptions, gatherFacts } from '../dataroot/facts.ts';
import { readLayerBytes } from '../dataroot/layer-bytes.ts';
import { type LocatedStore, type LocateOptions, locateStore } from '../dataroot/locate.ts';
import type { Facts, RequiredReference } from '../facts/facts.ts';
import { stagedPattern } from '../store/stage.ts';
import type { Store } from '../store/store.ts';
import { type DaemonFactsOptions, daemonFacts } from './daemon-facts.ts';
import { lockFacts } from './lock-facts.ts';

export interface CheckStoreOptions
  extends CheckOptions,
    Pick<DaemonFactsOptions, 'engine' | 'env' | 'installations'>,
    Pick<GatherOptions, 'containerdRoot' | 'onProgress' | 'signal'> {
  /**
   * `file`: the file alone · `store` (default): also what decides whether the daemon starts and lists an image: every
   * image config is hashed, the layers' records are read · `full`: also what is in the layers' folders. Without a
   * data root it is always the file alone.
   */
  readonly level?: GatherOptions['level'] | undefined;
  /** A move to the containerd image store is meant: what keeps it from happening, and what it loses, is told. */
  readonly moveTo?: 'containerd' | undefined;
  /** What has to resolve: references, or what parseRequired read from a list or a compose file. */
  readonly require?: readonly (string | RequiredReference)[] | undefined;
}

/** A store that was opened, or where to find one. */
export type CheckTarget = Store | LocatedStore | LocateOptions;

/**
 * What is wrong with a store: the file, its entries, against the data root, the daemon and what is needed.
 * Nothing is written, no daemon is started.
 * @throws RefstoreError STORE_NOT_FOUND, STORE_AMBIGUOUS, READ_FAILED, LIMIT_EXCEEDED, ENGINE_FAILED, ABORTED;
 *   never for what is wrong with the store, which is what the report is for
 * @example
 * const { findings } = await checkStore({ dataRoot: '/var/lib/docker' });
 * const sentences = findings.map(formatFinding);
 */
export async function checkStore(target: CheckTarget, options: CheckStoreOptions = {}): Promise<Report> {
  const location = await locationOf(target);
  return checkFacts(await factsOf(location, options), options);
}

export async function locationOf(target: CheckTarget): Promise<LocatedStore> {
  if ('location' in target) return target.location;
  if ('why' in target) return target;
  return await locateStore(target);
}

async function factsOf(location: LocatedStore, options: CheckStoreOptions): Promise<Facts> {
  const { level = 'store', containerdRoot, onProgress, signal } = options;
  const required = options.require?.map(readRequired);
  const lock = await lockFacts(location.file);
  const disk = await gatherFacts(location, {
    level,
    containerdRoot,
    onProgress,
    signal,
    lock,
    ownLeftover: stagedPattern,
  });
  const daemon =
    level === 'file' ? {} : await daemonFacts(location, disk.file.bytes, { ...options, required });
  const moveTo = options.moveTo && { layerBytes: readLayerBytes(location) };
  return { ...disk, ...daemon, ...(moveTo && { moveTo }), ...(required && { required }) };
}

function readRequired(required: string | RequiredReference, index: number): RequiredReference {
  if (typeof required !== 'string') return required;
  return { reference: required, source: 'require', line: index + 1 };
}
