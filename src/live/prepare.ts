import { readContentStore } from '../dataroot/content-store.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { verifyLive } from '../engine/live.ts';
import { RefstoreError } from '../errors.ts';
import type { Change } from '../repositories/change.ts';
import { daemonOf } from '../rollout/daemon.ts';
import type { CommitResult } from '../store/results.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Store } from '../store/store.ts';
import { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import { ProgressTracker } from '../util/progress.ts';
import { type DaemonJson, readDaemonJson } from './daemon-json.ts';
import { type DaemonOnHost, daemonOnHost, hasMirrorFlag, refused, requireNoPulls } from './daemon-on-host.ts';
import { byDomain, type ServedBy, wayToServe } from './endpoints.ts';
import { hostsFile, requireWritableHosts } from './hosts-file.ts';
import { type DigestPull, type KnownManifest, type LiveStep, type NotLive, planLive } from './plan-live.ts';

export interface PrepareLiveOptions {
  readonly engine: Engine;
  /** Proven manifests, by digest. Those that the daemon kept when it pulled are looked at too. */
  readonly manifests?: ReadonlyMap<string, KnownManifest> | undefined;
  /** Whether /etc/hosts may get a line for the time of the pulls. Default: no. */
  readonly editHosts?: boolean | undefined;
  /** Images that will be in the daemon by the time of the change: those of an archive that is loaded first. */
  readonly expectedImages?: readonly string[] | undefined;
  /** Root folder of a containerd that runs by itself. */
  readonly containerdRoot?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the running daemon will make a change, found out before anything is changed. */
export interface PreparedLive {
  readonly steps: readonly PreparedStep[];
  readonly impossible: readonly NotLive[];
  /** Registry names and how they are served; `registry` needs nothing on this host. */
  readonly domains: ReadonlyMap<string, ServedBy>;
  /** What is changed on the host for the time of the pulls, a line each. */
  readonly hostChanges: readonly string[];
  /** Undefined where no manifest has to be served by us. */
  readonly host: { readonly daemon: DaemonOnHost; readonly daemonJson: DaemonJson | undefined } | undefined;
}

export interface PreparedStep {
  readonly step: LiveStep;
  readonly how: 'tag' | 'untag' | ServedBy;
}

type Planned = Pick<CommitResult, 'changes'>;

/**
 * Finds out how a running daemon can make changes itself. Nothing is changed.
 * @param snapshot the file as it is
 * @throws RefstoreError LIVE_REFUSED when this host cannot have it at all; CONTAINERD_IMAGE_STORE, ENGINE_FAILED
 */
export async function prepareLive(
  store: Pick<Store, 'location'>,
  snapshot: Snapshot,
  { changes }: Planned,
  options: PrepareLiveOptions,
): Promise<PreparedLive> {
  const { engine, signal } = options;
  const { dataRoot, driver, file } = store.location;
  if (dataRoot === undefined) {
    throw refused(
      `${file} is a file by itself, which no daemon reads`,
      'name the data root with --data-root',
    );
  }
  const daemon = await daemonOf(store.location, { engine });
  if (daemon?.info === undefined) {
    const what =
      daemon === undefined
        ? `no daemon uses ${dataRoot}`
        : `the daemon of ${dataRoot} does not answer at ${engine.host}`;
    throw refused(
      what,
      daemon === undefined
        ? 'leave --live out: the next daemon that starts reads the file'
        : 'say with --host where it listens',
    );
  }
  if (driver !== undefined && daemon.info.driver !== driver) {
    throw refused(
      `the daemon uses the driver ${daemon.info.driver}, not ${driver}`,
      `name the store in use with --driver ${daemon.info.driver}`,
    );
  }
  const before = repositoriesOf(snapshot);
  const differences = await verifyLive(engine, before, { signal });
  if (differences.length > 0) {
    throw refused(
      `the daemon's memory and ${file} differ in ${differences.length === 1 ? '1 entry' : `${differences.length} entries`}, and its next save would overwrite the file`,
      'look at them with refstore diff disk live; --restart makes the daemon read the file',
    );
  }
  const images = new Set((await engine.images({ signal })).map(({ id }) => id));
  for (const imageId of options.expectedImages ?? []) images.add(imageId);
  const manifests = await manifestsFor(changes, dataRoot, options);
  const planned = planLive(changes, { before, images, manifests });
  const pulls = planned.steps.flatMap((step) => (step.way === 'pull' ? [step.pull] : []));
  const domains = new Map<string, ServedBy>();
  const impossible = [...planned.impossible];
  const unserved = new Map<string, string>();
  const ways = await Promise.all(
    Array.from(byDomain(pulls), async ([domain, ofDomain]) => {
      return [domain, await chooseWay(domain, ofDomain, options)] as const;
    }),
  );
  for (const [domain, way] of ways) {
    if (typeof way === 'string') domains.set(domain, way);
    else unserved.set(domain, way.reason);
  }
  const steps = planned.steps.flatMap((step): PreparedStep[] => {
    if (step.way !== 'pull') return [{ step, how: step.way }];
    const how = domains.get(step.pull.domain);
    if (how !== undefined) return [{ step, how }];
    impossible.push({ change: step.change, reason: unserved.get(step.pull.domain) ?? '' });
    return [];
  });
  const host = await prepareHost(engine, dataRoot, domains);
  return { steps, impossible, domains, host, hostChanges: describeHost(domains, host?.daemonJson) };
}

/** @throws RefstoreError LIVE_REFUSED: the daemon that runs on such a file would write another one */
function repositoriesOf(snapshot: Snapshot) {
  try {
    return snapshot.repositories;
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    throw refused(
      `the file is broken (${error.message})`,
      'use --restart: only the file itself can be repaired',
    );
  }
}

/** Those that were given, and for digests that they lack those that the daemon kept. */
async function manifestsFor(
  changes: readonly Change[],
  dataRoot: string,
  { manifests = new Map(), containerdRoot, signal }: PrepareLiveOptions,
): Promise<ReadonlyMap<string, KnownManifest>> {
  const wanted = changes.filter(({ op, reference }) => op !== 'remove' && reference.includes('@'));
  if (wanted.every(({ reference }) => manifests.has(digestOf(reference)))) return manifests;
  const { kept } = await readContentStore(Folder.open(dataRoot), {
    tracker: new ProgressTracker({ signal }),
    problems: new Problems(),
    containerdRoot,
    keepBytes: true,
  });
  const all = new Map<string, KnownManifest>();
  for (const { digest, manifest, bytes } of kept.values()) {
    if (bytes !== undefined) all.set(digest, { digest, manifest, bytes });
  }
  for (const [digest, known] of manifests) all.set(digest, known);
  return all;
}

function digestOf(reference: string): string {
  return reference.slice(reference.indexOf('@') + 1);
}

async function chooseWay(
  domain: string,
  pulls: readonly DigestPull[],
  options: PrepareLiveOptions,
): Promise<ServedBy | { readonly reason: string }> {
  if (await isReachable(pulls, options)) return 'registry';
  const way = wayToServe(domain);
  const unreachable = `the daemon does not get it from ${domain}`;
  if (way === undefined) return { reason: `${unreachable}, and an address cannot be led to this host` };
  if (way !== 'hosts' || options.editHosts === true) return way;
  return {
    reason: `${unreachable}; --live-hosts serves it from this host, by a line in ${hostsFile} for some seconds`,
  };
}

const probesAtOnce = 4;
const probeTimeoutMs = 5_000;

/** Whether the registry itself gives the daemon one digest of each repository. */
async function isReachable(
  pulls: readonly DigestPull[],
  { engine, signal }: PrepareLiveOptions,
): Promise<boolean> {
  const ofEach = new Map(pulls.map((pull) => [pull.path, pull]));
  let isMissing = false;
  await forEachConcurrently([...ofEach.values()], probesAtOnce, async ({ domain, path, digest }) => {
    if (isMissing) return;
    try {
      const reference = `${domain}/${path}@${digest}`;
      if (!(await engine.isInRegistry(reference, { signal, timeoutMs: probeTimeoutMs }))) isMissing = true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      isMissing = true; // it waits for a registry that does not answer
    }
  });
  return !isMissing;
}

/** @throws RefstoreError LIVE_REFUSED when the host does not let us serve */
async function prepareHost(
  engine: Engine,
  dataRoot: string,
  domains: ReadonlyMap<string, ServedBy>,
): Promise<PreparedLive['host']> {
  const ways = new Set(domains.values());
  if (!['mirror', 'port', 'hosts'].some((way) => ways.has(way as ServedBy))) return undefined;
  const daemon = await daemonOnHost(engine, dataRoot);
  await requireNoPulls(daemon);
  if (ways.has('hosts')) {
    if (daemon.registries.usesProxy) {
      throw refused(
        `the daemon asks registries through a proxy, which does not go by ${hostsFile}`,
        'use --restart for the digests of these registries',
      );
    }
    await requireWritableHosts(hostsFile);
  }
  if (!ways.has('mirror')) return { daemon, daemonJson: undefined };
  if (await hasMirrorFlag(daemon)) {
    throw refused(
      'the daemon gets its mirrors from a flag, and then takes none from daemon.json',
      'use --restart, or move --registry-mirror into daemon.json',
    );
  }
  return { daemon, daemonJson: await readDaemonJson(daemon.configFile) };
}

function describeHost(domains: ReadonlyMap<string, ServedBy>, json: DaemonJson | undefined): string[] {
  const by = (way: ServedBy) => [...domains].filter(([, how]) => how === way).map(([domain]) => domain);
  const ports = by('port');
  const names = by('hosts');
  return [
    ...(json === undefined
      ? []
      : [
          `a registry mirror on a loopback port in ${json.file}, and SIGHUP to the daemon, which reads that file again`,
        ]),
    ...(ports.length === 0 ? [] : [`a registry on the loopback port of ${ports.join(', ')}`]),
    ...(names.length === 0
      ? []
      : [`a line in ${hostsFile} that leads ${names.join(', ')} to a registry on this host`]),
  ];
}
