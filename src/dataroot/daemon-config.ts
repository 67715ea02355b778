import { RefstoreError } from '../errors.ts';
import { readRegularFile } from '../system/regular-file.ts';

/** What a daemon.json says about where and how the daemon keeps images. What it leaves out is undefined. */
export interface DaemonConfig {
  readonly file: string;
  /** `data-root`, or `graph`, its name before Docker 17.05. */
  readonly dataRoot: string | undefined;
  readonly storageDriver: string | undefined;
  /** `userns-remap`: the daemon works in a folder UID.GID below its data root. Undefined for "" too. */
  readonly usernsRemap: string | undefined;
  /** `features.containerd-snapshotter`: the containerd image store asked for, or refused. */
  readonly containerdSnapshotter: boolean | undefined;
  readonly liveRestore: boolean | undefined;
  /** `insecure-registries`: `HOST[:PORT]` or a CIDR range of addresses; none where nothing is said. */
  readonly insecureRegistries: readonly string[];
  /** `registry-mirrors`: URLs that are asked before Docker Hub. */
  readonly registryMirrors: readonly string[];
}

/** Far more than any daemon.json needs. */
const sizeLimit = 1 << 20;

/**
 * Reads a daemon.json (the fields of moby v28.5.2 daemon/config/config.go that matter here).
 * @returns undefined when there is no such file
 * @throws RefstoreError READ_FAILED when it cannot be read, is not JSON or a field has the wrong type
 */
export async function readDaemonConfig(file: string): Promise<DaemonConfig | undefined> {
  const found = await readRegularFile(file, { limit: sizeLimit, followLink: true });
  if (found === undefined) return undefined;
  const fields = parseObject(file, new TextDecoder().decode(found.bytes));
  const features = fields['features'] ?? {};
  if (!isObject(features)) throw unusable(file, '"features" must be an object');
  return {
    file,
    dataRoot: stringAt(file, fields, 'data-root') ?? stringAt(file, fields, 'graph'),
    storageDriver: stringAt(file, fields, 'storage-driver'),
    usernsRemap: stringAt(file, fields, 'userns-remap'),
    containerdSnapshotter: booleanAt(file, features, 'containerd-snapshotter'),
    liveRestore: booleanAt(file, fields, 'live-restore'),
    insecureRegistries: stringsAt(file, fields, 'insecure-registries'),
    registryMirrors: stringsAt(file, fields, 'registry-mirrors'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(file: string, text: string): Fields {
  // An empty daemon.json is what dockerd takes for {}.
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(file, `it is not JSON: ${(cause as Error).message}`, cause);
  }
  if (!isObject(value)) throw unusable(file, 'it must hold a JSON object');
  return value;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The empty string is what dockerd takes for "not set". */
function stringAt(file: string, fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw unusable(file, `"${name}" must be a string`);
  return value === '' ? undefined : value;
}

function booleanAt(file: string, fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') throw unusable(file, `"${name}" must be a boolean`);
  return value;
}

function stringsAt(file: string, fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
  throw unusable(file, `"${name}" must be a list of strings`);
}

function unusable(file: string, problem: string, cause?: unknown): RefstoreError {
  return new RefstoreError('READ_FAILED', `cannot use ${file}: ${problem}`, {
    hint: 'fix the file, or name the data root with --data-root',
    details: { path: file },
    cause,
  });
}
