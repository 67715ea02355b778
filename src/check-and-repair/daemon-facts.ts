import { repositoriesOrUndefined } from '../check/decode.ts';
import { decideImageStore } from '../dataroot/image-store.ts';
import { type Installation, usualInstallations } from '../dataroot/installations.ts';
import type { StoreLocation } from '../dataroot/stores.ts';
import type { Engine } from '../engine/engine.ts';
import type { Facts, ImageStoreFacts, LiveFacts, RequiredReference } from '../facts/facts.ts';

export interface DaemonFactsOptions {
  /** The daemon that may work on the data root. Left out: none is asked. */
  readonly engine?: Engine | undefined;
  readonly required?: readonly RequiredReference[] | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** One of them may be the daemon's; its daemon.json says which image store is used. Default: the usual ones. */
  readonly installations?: readonly Installation[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the daemon of a data root says, if one runs: which image store it uses, and how its memory differs from
 * the file. Without one, the image store is decided as the daemon would decide. No daemon is started by asking.
 * @throws RefstoreError ENGINE_FAILED when a daemon answers the first question and not the next, ABORTED
 */
export async function daemonFacts(
  { dataRoot }: StoreLocation,
  bytes: Uint8Array | undefined,
  options: DaemonFactsOptions,
): Promise<Pick<Facts, 'live' | 'imageStore'>> {
  if (dataRoot === undefined) return {};
  const { engine } = options;
  // Loaded only where there is a daemon to ask: a check of a data root without one is over before that would be.
  if (engine === undefined) return await decidedImageStore(dataRoot, options);
  const [{ runningDaemon }, { verifyLive }] = await Promise.all([
    import('../engine/running.ts'),
    import('../engine/live.ts'),
  ]);
  const info = (await runningDaemon(engine, dataRoot))?.info;
  if (info === undefined) return await decidedImageStore(dataRoot, options);
  const imageStore = imageStoreFacts(info.imageStore, info.driver);
  const resolved = await resolve(engine, options);
  const file = imageStore.kind === 'graphdriver' ? repositoriesOrUndefined(bytes) : undefined;
  const differences = file === undefined ? [] : await verifyLive(engine, file, { signal: options.signal });
  const live: LiveFacts = {
    serverVersion: info.serverVersion,
    differences,
    ...(resolved === undefined ? {} : { resolved }),
  };
  return { imageStore, live };
}

function imageStoreFacts(kind: ImageStoreFacts['kind'], driver: string): ImageStoreFacts {
  return { kind, why: `the daemon says so, its driver is ${driver}` };
}

async function decidedImageStore(
  dataRoot: string,
  { env = {}, installations = usualInstallations(env) }: DaemonFactsOptions,
): Promise<Pick<Facts, 'imageStore'>> {
  const { kind, why } = await decideImageStore(dataRoot, installations);
  return kind === undefined ? {} : { imageStore: { kind, why } };
}

async function resolve(
  engine: Engine,
  { required, signal }: DaemonFactsOptions,
): Promise<Map<string, string | undefined> | undefined> {
  if (required === undefined) return undefined;
  const resolved = new Map<string, string | undefined>();
  for (const { reference, undecidable } of required) {
    if (undecidable !== undefined || resolved.has(reference)) continue;
    resolved.set(reference, (await engine.inspectImage(reference, { signal }))?.id);
  }
  return resolved;
}
