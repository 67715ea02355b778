import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { RefstoreError } from '../errors.ts';
import { abortError, throwIfAborted } from '../util/abort.ts';
import type { Endpoint } from './endpoint.ts';
import { connectionError, EngineError } from './engine-error.ts';
import { sendBody } from './send-body.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface GetOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** Largest body that is read, in bytes. */
  readonly sizeLimit: number;
}

export interface SendOptions extends GetOptions {
  readonly method: 'POST' | 'DELETE';
  /** Sent as JSON; nothing is sent without it. */
  readonly json?: unknown;
}

export interface PostOptions extends GetOptions {
  /** `timeoutMs` counts from the last of it that was taken. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType: string;
  /** Bytes of the body that the connection has taken so far. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** What is asked for in another way than with a GET: over a connection of its own. */
interface Change {
  readonly method: 'POST' | 'DELETE';
  readonly contentType?: string | undefined;
}

type OpenRequest = (path: string, change?: Change) => ClientRequest;

const connectTimeoutMs = 10_000;
/** Connections kept open at most. Each of them may have gone stale by a restart of the daemon, and fails once. */
const connectionsKept = 8;
const agentOptions = { keepAlive: true, maxSockets: connectionsKept, maxFreeSockets: connectionsKept };

/** Requests to one daemon: GET over connections that are kept, others over one of their own. */
export class HttpClient {
  readonly #endpoint: Endpoint;
  #open: OpenRequest | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * Whatever the status.
   * @throws EngineError; RefstoreError LIMIT_EXCEEDED or ABORTED
   */
  async get(path: string, options: GetOptions): Promise<HttpAnswer> {
    throwIfAborted(options.signal);
    this.#open ??= await opener(this.#endpoint);
    for (let stale = 0; ; stale++) {
      const request = this.#open(path);
      try {
        return await answer(request, this.#endpoint.host, options);
      } catch (error) {
        if (!isStale(request, error) || stale === connectionsKept) throw error;
      }
    }
  }

  /**
   * A request that changes something: it is sent once.
   * @throws as `get` does
   */
  async send(path: string, { method, json, ...options }: SendOptions): Promise<HttpAnswer> {
    throwIfAborted(options.signal);
    this.#open ??= await opener(this.#endpoint);
    const contentType = json === undefined ? undefined : 'application/json';
    const request = this.#open(path, { method, contentType });
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    return await answer(request, this.#endpoint.host, options, () => request.end(body));
  }

  /**
   * Sends a body as it flows. What the body throws breaks the request off, so that the daemon never takes the rest
   * for the whole; an answer that comes before its end is the answer.
   * @throws what the body throws, and as `get` does
   */
  async post(path: string, { body, contentType, onSent, ...options }: PostOptions): Promise<HttpAnswer> {
    throwIfAborted(options.signal);
    this.#open ??= await opener(this.#endpoint);
    const request = this.#open(path, { method: 'POST', contentType });
    let sending: Promise<void> | undefined;
    try {
      return await answer(request, this.#endpoint.host, options, (fail, isAlive) => {
        const taken = (bytes: number) => {
          isAlive();
          onSent?.(bytes);
        };
        sending = sendBody(request, body, taken).catch(fail);
      });
    } finally {
      request.destroy();
      await sending;
    }
  }
}

/** A kept connection that the daemon closed while it was idle: the request never reached it. */
function isStale(request: ClientRequest, error: unknown): boolean {
  return request.reusedSocket && error instanceof EngineError && error.reason === 'closed';
}

/** node:https, and with it node:tls, is loaded only for a daemon that wants it. */
async function opener(endpoint: Endpoint): Promise<OpenRequest> {
  const headers = { Accept: 'application/json', 'User-Agent': 'docker-refstore' };
  // What changes something cannot be sent again, so no connection that may have gone stale carries it.
  const optionsFor = (change: Change | undefined, agent: HttpAgent): RequestOptions => {
    if (change === undefined) return { agent, headers };
    const { method, contentType } = change;
    const typed = contentType === undefined ? {} : { 'Content-Type': contentType };
    return { agent: false, method, headers: { ...headers, ...typed } };
  };
  if (endpoint.kind === 'unix' || endpoint.tls === undefined) {
    const where: RequestOptions =
      endpoint.kind === 'unix'
        ? { socketPath: endpoint.socketPath, host: 'docker' }
        : { host: endpoint.hostname, port: endpoint.port };
    const agent = new HttpAgent(agentOptions);
    return (path, change) => httpRequest({ ...where, path, ...optionsFor(change, agent) });
  }
  const { hostname, port, tls } = endpoint;
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ ...agentOptions, ...tls });
  return (path, change) => request({ host: hostname, port, ...tls, path, ...optionsFor(change, agent) });
}

/** @param send sends the body and ends the request; says when it fails, and that it goes on */
function answer(
  request: ClientRequest,
  host: string,
  options: GetOptions,
  send: (fail: (error: Error) => void, isAlive: () => void) => void = () => request.end(),
): Promise<HttpAnswer> {
  const { signal, timeoutMs, sizeLimit } = options;
  return new Promise((resolve, reject) => {
    let connectTimer: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => fail(timeoutError(host, timeoutMs)), timeoutMs);
    const onAbort = () => fail(abortError(signal as AbortSignal));
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
      request.destroy();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', (error) => fail(connectionError(host, error)));
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(() => fail(timeoutError(host, connectTimeoutMs)), connectTimeoutMs);
      socket.once('connect', () => clearTimeout(connectTimer));
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > sizeLimit) fail(tooLarge(host, request.path, sizeLimit));
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail(connectionError(host, error)));
      response.on('end', () => {
        settle();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    send(fail, () => timer.refresh());
  });
}

function timeoutError(host: string, timeoutMs: number): EngineError {
  return new EngineError(
    host,
    'timeout',
    `the Docker daemon at ${host} did not answer in ${timeoutMs / 1000} s`,
    {
      hint: 'look at its log; a daemon that is starting or stopping may hang',
    },
  );
}

function tooLarge(host: string, path: string, limit: number): RefstoreError {
  return new RefstoreError(
    'LIMIT_EXCEEDED',
    `the answer of the Docker daemon at ${host} to ${path} is larger than ${limit} bytes`,
    { details: { host, path, limit } },
  );
}
