import { homedir } from 'node:os';
import { join } from 'node:path';
import { currentContext, readContext } from './docker-context.ts';
import { EngineError } from './engine-error.ts';
import { readTlsMaterial, type TlsMaterial } from './tls-material.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a daemon listens, and how to talk to it. */
export type Endpoint = { readonly host: string } & (
  | { readonly kind: 'unix'; readonly socketPath: string }
  | {
      readonly kind: 'tcp';
      readonly hostname: string;
      readonly port: number;
      readonly tls: TlsMaterial | undefined;
    }
);

const defaultHost = 'unix:///var/run/docker.sock';

/**
 * Where the docker CLI would connect: the host given, DOCKER_HOST, the context named by DOCKER_CONTEXT, the
 * current context of config.json, the usual socket (docker/cli v28.5.2
 * cli/command/cli.go, resolveContextName).
 * @throws EngineError with reason `address`
 */
export function resolveEndpoint(
  host: string | undefined,
  env: Environment,
  onWarning?: (text: string) => void,
): Endpoint {
  const configDir = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
  const named = host || env['DOCKER_HOST'];
  if (named) return parseHost(named, () => tlsFromEnvironment(named, env, configDir));
  const context = env['DOCKER_CONTEXT'] || currentContext(configDir, onWarning);
  if (context === undefined || context === 'default') {
    return parseHost(defaultHost, () => undefined);
  }
  const { host: contextHost, tls } = readContext(configDir, context);
  return parseHost(contextHost ?? defaultHost, () => tls);
}

function tlsFromEnvironment(host: string, env: Environment, configDir: string): TlsMaterial | undefined {
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!verify && !env['DOCKER_TLS']) return undefined;
  return readTlsMaterial(host, env['DOCKER_CERT_PATH'] || configDir, verify);
}

/** Reads a host like the docker CLI: without a scheme it is tcp (docker/cli v28.5.2 opts/hosts.go, ParseHost). */
function parseHost(host: string, tlsOf: () => TlsMaterial | undefined): Endpoint {
  const separator = host.indexOf('://');
  const scheme = separator === -1 ? 'tcp' : host.slice(0, separator);
  const rest = separator === -1 ? host : host.slice(separator + 3);
  if (scheme === 'unix') {
    const socketPath = rest === '' ? defaultHost.slice('unix://'.length) : rest;
    return { kind: 'unix', host: `unix://${socketPath}`, socketPath };
  }
  if (scheme === 'tcp') return parseTcp(host, rest, tlsOf());
  throw new EngineError(host, 'address', `cannot connect to ${host}: ${scheme}:// is not supported`, {
    hint:
      scheme === 'ssh'
        ? 'run refstore on that host: it edits the files there'
        : 'use unix:///PATH or tcp://HOST:PORT',
  });
}

function parseTcp(host: string, rest: string, tls: TlsMaterial | undefined): Endpoint {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[\w.-]*)(?::(\d{1,5}))?\/?$/.exec(rest);
  const port = Number(parts?.[2] ?? (tls === undefined ? 2375 : 2376));
  if (parts === null || port > 65_535 || port === 0) {
    throw new EngineError(
      host,
      'address',
      `cannot connect to ${JSON.stringify(host)}: not a daemon’s address`,
      {
        hint: 'write unix:///PATH or tcp://HOST:PORT',
      },
    );
  }
  const name = parts[1] || '127.0.0.1';
  const hostname = name.startsWith('[') ? name.slice(1, -1) : name;
  return { kind: 'tcp', host: `tcp://${name}:${port}`, hostname, port, tls };
}
