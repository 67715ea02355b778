import type {
  EngineContainer,
  EngineContainerPolicy,
  EngineImage,
  EngineInfo,
  EngineRegistries,
} from './engine.ts';
import { isObject, stringsOf } from './json.ts';

/**
 * The daemon's JSON, as what the rest of this library works with. Undefined: not what a Docker daemon answers.
 * Field names and oddities: Engine API 1.41 to 1.51.
 */

/** GET /info */
export function readInfo(value: unknown): EngineInfo | undefined {
  if (!isObject(value)) return undefined;
  const { DockerRootDir: dataRoot, Driver: driver, ServerVersion: serverVersion } = value;
  if (typeof dataRoot !== 'string' || typeof driver !== 'string') return undefined;
  const running = value['ContainersRunning'];
  return {
    dataRoot,
    driver,
    imageStore: usesContainerd(value['DriverStatus']) ? 'containerd' : 'graphdriver',
    serverVersion: typeof serverVersion === 'string' ? serverVersion : '',
    id: typeof value['ID'] === 'string' ? value['ID'] : '',
    liveRestore: value['LiveRestoreEnabled'] === true,
    containersRunning: typeof running === 'number' ? running : 0,
    securityOptions: stringsOf(value['SecurityOptions']),
  };
}

/** GET /info */
export function readRegistries(value: unknown): EngineRegistries | undefined {
  if (!isObject(value)) return undefined;
  const { RegistryConfig: config, HttpProxy: http, HttpsProxy: https } = value;
  if (!isObject(config)) return undefined;
  const usesProxy = [http, https].some((proxy) => typeof proxy === 'string' && proxy !== '');
  return { mirrors: stringsOf(config['Mirrors']), usesProxy };
}

/** A daemon with the containerd image store names the snapshotter's plugin type; one with a graph driver never does. */
function usesContainerd(driverStatus: unknown): boolean {
  return (
    Array.isArray(driverStatus) &&
    driverStatus.some(
      (row) => Array.isArray(row) && row[0] === 'driver-type' && row[1] === 'io.containerd.snapshotter.v1',
    )
  );
}

/** GET /images/json */
export function readImages(value: unknown): EngineImage[] | undefined {
  return readAll(value, readImage);
}

/** One of GET /images/json, and GET /images/NAME/json. */
export function readImage(value: unknown): EngineImage | undefined {
  if (!isObject(value) || typeof value['Id'] !== 'string') return undefined;
  const { RootFS: rootFs, Os: os, Architecture: architecture, Variant: variant, Created: created } = value;
  const layers = isObject(rootFs) ? stringsOf(rootFs['Layers']) : [];
  const parts = [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '');
  return {
    id: value['Id'],
    tags: stringsOf(value['RepoTags']).filter(isName),
    digests: stringsOf(value['RepoDigests']).filter(isName),
    ...(layers.length > 0 && { layers }),
    ...(parts.length > 1 && { platform: parts.join('/') }),
    // In a list it is a number.
    ...(typeof created === 'string' && created !== '' && { created }),
  };
}

/**
 * 20.10 writes `<none>:<none>` and `<none>@<none>` for an image without a name; 28.5 writes a digest alone for one
 * that its containerd image store has without the layers.
 */
function isName(reference: string): boolean {
  return !reference.startsWith('<none>') && !/^sha\d+:[a-f0-9]+$/.test(reference);
}

/** POST /containers/create */
export function readCreated(value: unknown): string | undefined {
  return isObject(value) && typeof value['Id'] === 'string' ? value['Id'] : undefined;
}

/** GET /containers/json */
export function readContainers(value: unknown): EngineContainer[] | undefined {
  return readAll(value, (container) => {
    if (!isObject(container)) return undefined;
    const { Id: id, Image: image, Names: names } = container;
    if (typeof id !== 'string' || typeof image !== 'string') return undefined;
    return { id, image, names: stringsOf(names).map((name) => name.replace(/^\//, '')) };
  });
}

/** GET /containers/ID/json */
export function readContainerPolicy(value: unknown): EngineContainerPolicy | undefined {
  if (!isObject(value) || !isObject(value['HostConfig'])) return undefined;
  const { RestartPolicy: policy, AutoRemove: autoRemove } = value['HostConfig'];
  const name = isObject(policy) ? policy['Name'] : undefined;
  return { restartPolicy: typeof name === 'string' ? name : '', autoRemove: autoRemove === true };
}

/** GET /version */
export function readPlatform(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { Os: os, Arch: architecture } = value;
  return typeof os === 'string' && typeof architecture === 'string' ? `${os}/${architecture}` : undefined;
}

/** What the daemon says while it works: JSON values, one behind the other. The error may come after all went well. */
export interface ProgressMessages {
  readonly lines: readonly string[];
  readonly error: string | undefined;
}

/** POST /images/load */
export function readProgress(text: string): ProgressMessages | undefined {
  const lines: string[] = [];
  let error: string | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const message = parse(line);
    if (!isObject(message)) return undefined;
    const { stream, errorDetail, error: plain } = message;
    if (typeof stream === 'string' && stream.trim() !== '') lines.push(stream.trim());
    const detail = isObject(errorDetail) ? errorDetail['message'] : undefined;
    if (typeof detail === 'string') error ??= detail;
    else if (typeof plain === 'string') error ??= plain;
  }
  return { lines, error };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readAll<T>(value: unknown, read: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const all = value.map(read);
  return all.every((one) => one !== undefined) ? all : undefined;
}
