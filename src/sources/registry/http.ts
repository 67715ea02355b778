import type { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { abortError } from '../../engine/abort.ts';
import { RefstoreError } from '../../errors.ts';
import { agentFor } from './certificates.ts';
import { type Answer, type ExchangeOptions, exchange } from './exchange.ts';
import type { RegistryOptions } from './options.ts';
import { connectionError, isNoTls, RegistryError } from './registry-error.ts';
import { InsecureRegistries } from './trust.ts';
import { Turnstile, usuallyAtOnce } from './turnstile.ts';

export interface Request extends Pick<ExchangeOptions, 'method' | 'body' | 'sizeLimit' | 'signal'> {
  readonly headers: Readonly<Record<string, string>>;
  /** For the host of the URL alone: gone at the first redirect to another. */
  readonly authorization?: string | undefined;
}

const mostRedirects = 5;
const mostTries = 5;
const longestWaitMs = 30_000;
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
  readonly #turnstile: Turnstile;
  readonly #agents = new Map<string, Promise<Agent>>();
  /** Hosts that were found to speak no TLS, and need not. */
  readonly #plain = new Set<string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.insecure = new InsecureRegistries(options.insecure);
    this.#turnstile = new Turnstile(options.atOnce ?? usuallyAtOnce);
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
      const outcome = await this.#turnstile.pass(() => this.#follow(start, request)).catch(asTransient);
      const { error, answer } = outcome;
      const isBusy = answer !== undefined && busy.has(answer.status);
      if (answer !== undefined && (!isBusy || tried === mostTries)) return answer;
      if (error !== undefined && tried === mostTries) throw error;
      await this.#wait(tried, answer?.headers['retry-after'], request.signal);
    }
  }

  async #follow(
    start: URL,
    { authorization, ...request }: Request,
  ): Promise<{ answer: Reply; error?: undefined }> {
    let url = start;
    let credentials = authorization;
    let isElsewhere = false;
    for (let followed = 0; ; followed++) {
      const headers =
        credentials === undefined ? request.headers : { ...request.headers, Authorization: credentials };
      const { answer, from } = await this.#exchange(url, { ...request, headers });
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || location === undefined || request.method === 'POST') {
        return { answer: { ...answer, isElsewhere } };
      }
      if (followed === mostRedirects) {
        throw new RegistryError(
          start.host,
          'redirect',
          `it leads on and on: more than ${mostRedirects} redirects`,
        );
      }
      url = redirectTarget(location, from);
      if (url.origin !== from.origin) {
        credentials = undefined;
        isElsewhere = true;
      }
    }
  }

  /** Over TLS; in the clear only where that may be. */
  async #exchange(
    url: URL,
    request: Pick<ExchangeOptions, 'method' | 'body' | 'sizeLimit' | 'signal' | 'headers'>,
  ): Promise<{ answer: Answer; from: URL }> {
    const options = { ...request, timeoutMs: this.#options.timeoutMs ?? 30_000 };
    const { host } = url;
    const mayBePlain = this.insecure.has(host);
    if (url.protocol === 'https:' && !this.#plain.has(host)) {
      const agent = await this.#agent(host);
      try {
        return { answer: await exchange(url, { ...options, agent }), from: url };
      } catch (error) {
        if (!mayBePlain || !isWithoutTls(url, error)) throw translated(host, error);
        this.#plain.add(host);
      }
    }
    if (!mayBePlain) {
      throw new RegistryError(host, 'tls', 'only plain HTTP is offered, which proves nothing', {
        hint: 'list it as insecure, as in the daemon’s insecure-registries, if it is to be trusted all the same',
      });
    }
    const plain = new URL(url);
    plain.protocol = 'http:';
    try {
      return { answer: await exchange(plain, options), from: plain };
    } catch (error) {
      throw translated(host, error);
    }
  }

  #agent(host: string): Promise<Agent> {
    const agent = this.#agents.get(host) ?? agentFor(host, this.insecure.has(host), this.#options.certsDir);
    this.#agents.set(host, agent);
    return agent;
  }

  async #wait(tried: number, retryAfter: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { backoffMs = 500 } = this.#options;
    // It may also be a date; then our own rhythm will do.
    const asked = /^[0-9]{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0;
    const own = backoffMs * 2 ** (tried - 1) * (1 + Math.random() / 4);
    const wait = Math.min(Math.max(asked, own), longestWaitMs);
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

function redirectTarget(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || (next.protocol !== 'https:' && next.protocol !== 'http:')) {
    throw new RegistryError(from.host, 'redirect', 'it leads to something that is no address of the web');
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new RegistryError(from.host, 'redirect', `it leads from HTTPS to plain HTTP, to ${next.host}`);
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

function translated(host: string, error: unknown): Error {
  return error instanceof RefstoreError ? error : connectionError(host, error);
}
