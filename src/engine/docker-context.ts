import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EngineError } from './engine-error.ts';
import { isObject } from './json.ts';
import { readSmallFile } from './small-file.ts';
import { readTlsMaterial, type TlsMaterial } from './tls-material.ts';

export interface DockerContext {
  /** Undefined: the context names no host, so the usual socket is meant. */
  readonly host: string | undefined;
  readonly tls: TlsMaterial | undefined;
}

/**
 * `currentContext` of config.json; undefined when it names none. As in the docker CLI, a file that cannot be read
 * is worth a warning and no more (docker/cli, cli/config, LoadDefaultConfigFile).
 */
export function currentContext(configDir: string, onWarning?: (text: string) => void): string | undefined {
  try {
    const name = readJson(join(configDir, 'config.json'), 'the current docker context')?.['currentContext'];
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    onWarning?.(`${error.message}; the default one is used`);
    return undefined;
  }
}

/**
 * A context as the docker CLI stores it: `contexts/meta/<sha256 of the name>/meta.json`, and its certificates in
 * `contexts/tls/<sha256 of the name>/docker` (docker/cli, cli/context/store).
 * @throws EngineError with reason `address`
 */
export function readContext(configDir: string, name: string): DockerContext {
  const label = `docker context ${JSON.stringify(name)}`;
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(configDir, 'contexts', 'meta', id, 'meta.json');
  const meta = readJson(file, label);
  if (meta === undefined) {
    throw new EngineError(label, 'address', `there is no ${label}: ${file} does not exist`, {
      hint: 'docker context ls names those that exist',
    });
  }
  const endpoints = meta['Endpoints'];
  const docker = isObject(endpoints) ? endpoints['docker'] : undefined;
  if (!isObject(docker)) {
    throw new EngineError(label, 'address', `${label} has no docker endpoint: ${file}`);
  }
  const host = docker['Host'];
  const tls = readTlsMaterial(
    label,
    join(configDir, 'contexts', 'tls', id, 'docker'),
    docker['SkipTLSVerify'] !== true,
  );
  const hasTls = tls.ca !== undefined || tls.cert !== undefined || docker['SkipTLSVerify'] === true;
  return { host: typeof host === 'string' && host !== '' ? host : undefined, tls: hasTls ? tls : undefined };
}

function readJson(file: string, label: string): Record<string, unknown> | undefined {
  const text = readSmallFile(label, file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
    throw new Error('it is not an object');
  } catch (error) {
    throw new EngineError(
      label,
      'address',
      `cannot read ${label}: ${file} is not JSON: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
