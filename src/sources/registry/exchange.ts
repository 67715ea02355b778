import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { RefstoreError } from '../../errors.ts';
import { abortError, throwIfAborted } from '../../util/abort.ts';
import { type Responder, responderError } from './registry-error.ts';

export interface ExchangeOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For https. */
  readonly agent?: Agent | undefined;
  /** Largest body that is read, in bytes. */
  readonly sizeLimit: number;
  /** For the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Whom errors name. */
  readonly responder: Responder;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request and its whole answer, whatever the status; nothing is followed, repeated or kept.
 * @throws RegistryError network, tls, timeout, malformed; RefstoreError LIMIT_EXCEEDED, ABORTED; where the other
 *   side does not speak TLS, the error of node:tls as it is
 */
export function exchange(url: URL, options: ExchangeOptions): Promise<Answer> {
  const { signal, timeoutMs, sizeLimit, responder } = options;
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const request = open(url, options);
    const timer = setTimeout(() => {
      fail(responderError(responder, 'timeout', `no whole answer in ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const onAbort = () => fail(abortError(signal as AbortSignal));
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
      request.destroy();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > sizeLimit) fail(tooLarge(responder, sizeLimit));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        settle();
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(options.body);
  });
}

/** Only what is needed goes out: of a URL's user and password, node:http would make credentials. */
function open(url: URL, { method = 'GET', headers, agent }: ExchangeOptions): ClientRequest {
  const { hostname, port, pathname, search, protocol } = url;
  const where = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    path: pathname + search,
    method,
    headers: { 'User-Agent': 'docker-refstore', 'Accept-Encoding': 'identity', Host: url.host, ...headers },
  };
  return protocol === 'https:' ? httpsRequest({ ...where, agent }) : httpRequest(where);
}

function tooLarge({ registry: host }: Responder, limit: number): RefstoreError {
  return new RefstoreError('LIMIT_EXCEEDED', `the registry ${host}: an answer has more than ${limit} bytes`, {
    hint: 'no manifest or token is that large',
    details: { host, limit },
  });
}
