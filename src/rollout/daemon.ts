import { decideImageStore } from '../dataroot/image-store.ts';
import { dataRootUser } from '../dataroot/in-use.ts';
import { type Installation, usualInstallations } from '../dataroot/installations.ts';
import type { StoreLocation } from '../dataroot/stores.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { type RunningDaemon, requireSameDataRoot, runningDaemon } from '../engine/running.ts';
import { isSocketActivated } from '../engine/socket-activation.ts';
import { RefstoreError } from '../errors.ts';
import type { RolloutStrategy } from './options.ts';

/** One that takes longer does not answer. */
const infoTimeoutMs = 10_000;

export interface DaemonOfOptions {
  readonly engine?: Engine | undefined;
  readonly strategy?: RolloutStrategy | undefined;
  /** Whose daemon.json tells the image store where no daemon does. Default: the usual ones. */
  readonly installations?: readonly Installation[] | undefined;
}

/**
 * The daemon that works on the store's data root; undefined when none runs.
 * @throws RefstoreError CONTAINERD_IMAGE_STORE when it does not use the store, or would not if it ran (a file that
 *   was named is meant then, whoever reads it); ENGINE_FAILED when it has to be asked and does not answer, or
 *   another one answers; USAGE when a restart could not make a change effective
 */
export async function daemonOf(
  location: StoreLocation,
  options: DaemonOfOptions,
): Promise<Pick<RunningDaemon, 'info'> | undefined> {
  const daemon = await lookForDaemon(location, options);
  if (daemon?.info === undefined) await refuseUnusedStore(location, options);
  return daemon;
}

async function lookForDaemon(
  location: StoreLocation,
  { engine, strategy }: DaemonOfOptions,
): Promise<Pick<RunningDaemon, 'info'> | undefined> {
  const { dataRoot, driver, file } = location;
  if (dataRoot === undefined) return undefined;
  if (engine === undefined) return (await dataRootUser(dataRoot)) && { info: undefined };
  const daemon = await runningDaemon(engine, dataRoot);
  const restarts = strategy === 'stop-start' || strategy === 'restart';
  if (daemon === undefined) {
    if (restarts) await refuseOtherDaemon(engine, dataRoot);
    return undefined;
  }
  const { info, problem } = daemon;
  if (problem !== undefined && restarts) throw silent(problem, daemon.identity?.pid, dataRoot);
  if (info === undefined) return daemon;
  if (info.imageStore === 'containerd') throw containerdImageStore(location, 'it says so itself');
  if (restarts && driver !== undefined && info.driver !== driver) {
    throw new RefstoreError(
      'USAGE',
      `the Docker daemon uses the driver ${info.driver}, and ${file} is that of ${driver}: a restart would not make it read that`,
      {
        hint: `name the store in use with --driver ${info.driver}, or write without a restart`,
        details: { file },
      },
    );
  }
  return daemon;
}

/** A daemon that is started would be asked for here, and another one would answer. */
async function refuseOtherDaemon(engine: Engine, dataRoot: string): Promise<void> {
  if (await isSocketActivated(engine.host)) return;
  let info: EngineInfo;
  try {
    info = await engine.info({ timeoutMs: infoTimeoutMs });
  } catch (error) {
    if (error instanceof EngineError) return;
    throw error;
  }
  await requireSameDataRoot(engine, info, dataRoot);
}

/** That it has to be started, as one hint to a socket that nobody serves is, is not the advice for one that runs. */
function silent(problem: EngineError, pid: number | undefined, dataRoot: string): EngineError {
  if (pid === undefined) return problem;
  const { host, reason, message } = problem;
  return new EngineError(host, reason, `${message}; process ${pid} works on ${dataRoot}`, {
    hint: `say where process ${pid} listens, with --host or DOCKER_HOST; if it hangs, restart it yourself`,
    cause: problem,
  });
}

/** Where no daemon can be asked: refused is only what is sure. */
async function refuseUnusedStore(location: StoreLocation, { installations }: DaemonOfOptions): Promise<void> {
  const { dataRoot, isFileNamed } = location;
  if (dataRoot === undefined || isFileNamed) return;
  const { kind, why } = await decideImageStore(dataRoot, installations ?? usualInstallations({}));
  if (kind === 'containerd') throw containerdImageStore(location, why);
}

function containerdImageStore({ dataRoot, file }: StoreLocation, why: string): RefstoreError {
  return new RefstoreError(
    'CONTAINERD_IMAGE_STORE',
    `the Docker daemon of ${dataRoot} uses the containerd image store: it neither reads nor writes ${file}, so nothing was written (${why})`,
    {
      hint: 'carry images to it as OCI archives, which keep their digest: skopeo copy --preserve-digests docker://NAME oci-archive:FILE:NAME, then refstore load FILE, and check the digest with refstore verify',
      details: { dataRoot, file, why },
    },
  );
}
