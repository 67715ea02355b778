import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { RefstoreError } from '../errors.ts';
import type { KnownManifest } from './plan-live.ts';

/** A place where the registry listens, and what it answers there. */
export interface Endpoint {
  /** A loopback address. */
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
  /** The names by which it may be asked for; none: the address itself. */
  readonly names: readonly string[];
}

/** What was asked of a registry. */
export interface ServedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
}

export interface RegistryOptions {
  /** By repository as registries know it (`library/alpine`), by digest. */
  readonly manifests: ReadonlyMap<string, ReadonlyMap<string, KnownManifest>>;
  readonly onRequest?: ((request: ServedRequest) => void) | undefined;
}

const maxConnections = 64;
const requestTimeoutMs = 10_000;

/**
 * A registry that has manifests and nothing else: `GET /v2/`, and GET and HEAD of
 * `/v2/NAME/manifests/DIGEST` (OCI distribution spec v1.1). It listens on one loopback endpoint.
 */
export class ManifestRegistry {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @throws RefstoreError LIVE_REFUSED when the port is taken, or may not be listened on */
  static async listen(endpoint: Endpoint, options: RegistryOptions): Promise<ManifestRegistry> {
    const { address, port, names } = endpoint;
    const server = createServer((request, response) => respond(server, request, response, names, options));
    server.maxConnections = maxConnections;
    server.requestTimeout = requestTimeoutMs;
    server.headersTimeout = requestTimeoutMs;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(address, port, cause)));
      server.listen(port, address, () => resolve());
    });
    return new ManifestRegistry(server, address);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function cannotListen(address: string, port: number, cause: NodeJS.ErrnoException): RefstoreError {
  const where = `${address}:${port}`;
  const what =
    cause.code === 'EADDRINUSE'
      ? `port ${port} of ${address} is taken`
      : cause.code === 'EACCES'
        ? `no permission to listen on ${where}`
        : `cannot listen on ${where}: ${cause.message}`;
  return new RefstoreError('LIVE_REFUSED', `${what}, and the daemon would ask there for the manifests`, {
    hint: 'free the port for a few seconds, or use --restart, which needs no registry',
    details: { address, port, errno: cause.code },
    cause,
  });
}

const manifestPath = /^\/v2\/([a-z0-9][a-z0-9._/-]{0,254})\/manifests\/([a-z0-9+._-]+:[0-9a-f]{32,128})$/;

function respond(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  names: readonly string[],
  { manifests, onRequest }: RegistryOptions,
): void {
  const { method = '', headers } = request;
  const host = (headers.host ?? '').toLowerCase();
  const path = (request.url ?? '').replace(/\?.*$/, '');
  request.resume();
  const { address, port } = server.address() as AddressInfo;
  const isNamed = names.length === 0 ? host === `${address}:${port}` : names.includes(host);
  const isRead = method === 'GET' || method === 'HEAD';
  const [, repository = '', digest = ''] = manifestPath.exec(path) ?? [];
  const found = isNamed && isRead ? manifests.get(repository)?.get(digest) : undefined;
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  let status = 404;
  if (found !== undefined) {
    status = 200;
    response.writeHead(status, {
      'Content-Type': found.manifest.mediaType,
      'Content-Length': found.bytes.length,
      'Docker-Content-Digest': digest,
    });
    response.end(method === 'HEAD' ? undefined : found.bytes);
  } else if (isNamed && isRead && path === '/v2/') {
    status = 200;
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': 2 });
    response.end(method === 'HEAD' ? undefined : '{}');
  } else {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not served here"}]}');
  }
  onRequest?.({ method, host, path: path.slice(0, 400), status });
}
