import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Blob } from '../e2e/support/images.ts';
import { testCertificate, testKey } from './tls.ts';

/** A request, as it came. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Serving {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  readonly seen: Seen[];
}

export type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void;

/** A server for the time of a test. */
export async function serve(handler: Handler, { tls = false } = {}): Promise<Serving> {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const one = { method, url, authorization: headers.authorization, body: Buffer.concat(chunks).toString() };
    seen.push(one);
    handler(request, response, one);
  };
  const server = tls
    ? createTlsServer({ key: testKey, cert: testCertificate }, listener)
    : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, port, seen };
}

export type Manifests = Readonly<Record<string, Blob>>;

/** What a registry does that has these manifests: by `repository:tag`, and each in every repository by its digest. */
export function registryHandler(byTag: Manifests, others: readonly Blob[] = []): Handler {
  return (request, response) => answer(request, response, byTag, [...Object.values(byTag), ...others]);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  byTag: Manifests,
  all: readonly Blob[],
): void {
  const [, repository = '', reference = ''] =
    /^\/v2\/(.+)\/(?:manifests|blobs)\/([^/]+)$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
  const found = byTag[`${repository}:${reference}`] ?? all.find(({ digest }) => digest === reference);
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    return;
  }
  response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': found.digest });
  response.end(found.bytes);
}

/** A registry with these manifests, without TLS. */
export function serveRegistry(byTag: Manifests, others: readonly Blob[] = []): Promise<Serving> {
  return serve(registryHandler(byTag, others));
}
