import type { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { RefstoreError } from '../../errors.ts';
import { abortError } from '../../util/abort.ts';
import { agentFor } from './certificates.ts';
import { type Answer, type ExchangeOptions, exchange } from './exchange.ts';
import { defaultConcurrency, type RegistryOptions } from './options.ts';
import { connectionError, isNoTls, RegistryError, type Responder, responderError } from './registry-error.ts';
import { InsecureRegistries, isLoopback } from './trust.ts';

export interface Request extends Pick<ExchangeOptions, 'method' | 'body' | 'sizeLimit' | 'signal'> {
  readonly headers: Readonly<Record<string, string>>;
  /** For the host of the URL alone: gone at the first redirect to another. */
  readonly authorization?: string | undefined;
  /** Of a token service: the registry that named it, `HOST[:PORT]`. Left out, the URL is the registry's own. */
  readonly tokenServiceOf?: string | undefined;
}

/** What one exchange needs of a Request. */
type OneRequest = Pick<ExchangeOptions, 'method' | 'body' | 'sizeLimit' | 'signal' | 'headers'>;

const maxRedirects = 5;
const maxTries = 5;
const maxWaitMs = 30_000;
const redirects = new Set([301, 302, 303, 307, 308]);
/** "Not now", of the registry or of something before it. */
const busy = new Set([429, 500, 502, 503, 504]);

export interface Reply extends Answer {
  /** It is another's: the registry led there. */
  readonly isElsewhere: boolean;
}

/**
 * Requests to registries: few at a time, repeated where that may help, redirects followed with care, TLS wherever
 * the operator did not say otherwise.
 */
export class RegistryHttp {
  readonly insecure: InsecureRegistries;
  readonly #options: RegistryOptions;
  readonly #limit: LimitFunction;
  readonly #agents = new Map<string, Promise<Agent>>();
  /** Hosts that were found to speak no TLS, and need not. */
  readonly #plain = new Set<string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.insecure = new InsecureRegistries(options.insecure);
    this.#limit = pLimit(options.concurrency ?? defaultConcurrency);
  }

  /** Lets go of the connections that are kept. */
  async close(): Promise<void> {
    // What kept an agent from being made was told to whoever asked for it.
    for (const agent of await Promise.allSettled(this.#agents.values())) {
      if (agent.status === 'fulfilled') agent.value.destroy();
    }
  }

  /**
   * The answer at the end of all redirects, whatever its status.
   * @throws RegistryError; RefstoreError LIMIT_EXCEEDED, ABORTED, READ_FAILED
   */
  async send(start: URL, request: Request): Promise<Reply> {
    for (let tried = 1; ; tried++) {
      const outcome = await this.#limit(() => this.#follow(start, request)).catch(asTransient);
      const { error, answer } = outcome;
      const isBusy = answer !== undefined && busy.has(answer.status);
      if (answer !== undefined && (!isBusy || tried === maxTries)) return answer;
      if (error !== undefined && tried === maxTries) throw error;
      await this.#wait(tried, answer?.headers['retry-after'], request.signal);
    }
  }

  async #follow(
    start: URL,
    { authorization, tokenServiceOf, ...request }: Request,
  ): Promise<{ answer: Reply; error?: undefined }> {
    let responder: Responder =
      tokenServiceOf === undefined
        ? { registry: start.host, role: 'registry' }
        : { registry: tokenServiceOf, role: 'token service' };
    let url = start;
    let credentials = authorization;
    let isElsewhere = false;
    for (let followed = 0; ; followed++) {
      const headers =
        credentials === undefined ? request.headers : { ...request.headers, Authorization: credentials };
      const { answer, from } = await this.#exchange(url, { ...request, headers }, responder);
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || location === undefined || request.method === 'POST') {
        return { answer: { ...answer, isElsewhere } };
      }
      if (followed === maxRedirects) {
        const problem = `it leads on and on: more than ${maxRedirects} redirects`;
        throw responderError(responder, 'redirect', problem);
      }
      url = redirectTarget(location, from, responder);
      if (url.origin !== from.origin) {
        credentials = undefined;
        isElsewhere = true;
        responder = { ...responder, role: 'redirect target' };
      }
    }
  }

  /** Over TLS; in the clear only where that may be. */
  async #exchange(
    url: URL,
    request: OneRequest,
    responder: Responder,
  ): Promise<{ answer: Answer; from: URL }> {
    const options = { ...request, responder, timeoutMs: this.#options.timeoutMs ?? 30_000 };
    const { host } = url;
    const isNamed = responder.role !== 'registry';
    // What is on this host is trusted where the operator named it, not where a registry elsewhere leads to it.
    const isOfThisHost = isLoopback(host) && (!isNamed || isLoopback(responder.registry));
    const isTrusted = isOfThisHost || this.insecure.isListed(host);
    // An https address that a registry named says how it wants to be asked.
    const mayFallBack = isTrusted && (!isNamed || isLoopback(responder.registry));
    if (url.protocol === 'https:' && !(mayFallBack && this.#plain.has(host))) {
      const agent = await this.#agent(host, isTrusted);
      try {
        return { answer: await exchange(url, { ...options, agent }), from: url };
      } catch (error) {
        if (!mayFallBack || !isWithoutTls(url, error)) throw translated(responder, error);
        this.#plain.add(host);
      }
    }
    if (!isTrusted) {
      throw responderError(responder, 'tls', 'it speaks only plain HTTP, which proves nothing', {
        hint: 'list it as insecure, as in the daemon’s insecure-registries, if it is to be trusted all the same',
      });
    }
    const plain = new URL(url);
    plain.protocol = 'http:';
    try {
      return { answer: await exchange(plain, options), from: plain };
    } catch (error) {
      throw translated(responder, error);
    }
  }

  #agent(host: string, isTrusted: boolean): Promise<Agent> {
    const key = `${isTrusted} ${host}`;
    const agent = this.#agents.get(key) ?? agentFor(host, isTrusted, this.#options.certsDir);
    this.#agents.set(key, agent);
    return agent;
  }

  async #wait(tried: number, retryAfter: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { backoffMs = 500 } = this.#options;
    // It may also be a date; then our own rhythm will do.
    const asked = /^[0-9]{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0;
    const own = backoffMs * 2 ** (tried - 1) * (1 + Math.random() / 4);
    const wait = Math.min(Math.max(asked, own), maxWaitMs);
    await delay(wait, undefined, { signal }).catch(() => {
      throw abortError(signal as AbortSignal);
    });
  }
}

/** A connection that broke, or an answer that did not come, may be had at the next try. */
function asTransient(error: unknown): { error: RegistryError; answer?: undefined } {
  const isTransient =
    error instanceof RegistryError && (error.reason === 'network' || error.reason === 'timeout');
  if (isTransient && error.details['errno'] !== 'ENOTFOUND' && error.details['errno'] !== 'ECONNREFUSED')
    return { error };
  throw error;
}

function redirectTarget(location: string, from: URL, responder: Responder): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || (next.protocol !== 'https:' && next.protocol !== 'http:')) {
    throw responderError(responder, 'redirect', 'it leads to something that is no address of the web');
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw responderError(responder, 'redirect', 'it leads from HTTPS to plain HTTP');
  }
  next.username = '';
  next.password = '';
  return next;
}

/** As a registry without TLS shows itself; without a port it may only listen on that of HTTP. */
function isWithoutTls(url: URL, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return isNoTls(error) || code === 'ECONNRESET' || (code === 'ECONNREFUSED' && url.port === '');
}

function translated(responder: Responder, error: unknown): Error {
  return error instanceof RefstoreError ? error : connectionError(responder, error);
}
