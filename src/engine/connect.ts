import { parseAnyReference } from '../reference/parse.ts';
import {
  readContainerPolicy,
  readContainers,
  readCreated,
  readImage,
  readImages,
  readInfo,
  readPlatform,
  readProgress,
  readRegistries,
} from './answers.ts';
import { lowerVersion, newestApiVersion } from './api-version.ts';
import { type Environment, resolveEndpoint } from './endpoint.ts';
import type {
  CreateContainerOptions,
  Engine,
  EngineContainer,
  EngineContainerPolicy,
  EngineImage,
  EngineInfo,
  EngineRegistries,
  ImageStore,
  LoadImagesOptions,
  Ping,
  PullOptions,
  RemoveImageOptions,
  RequestOptions,
} from './engine.ts';
import { EngineError } from './engine-error.ts';
import { type HttpAnswer, HttpClient } from './http-client.ts';
import { isObject } from './json.ts';

export interface ConnectOptions {
  /** `unix:///PATH` or `tcp://HOST:PORT`; without it, where the docker CLI would connect. */
  readonly host?: string | undefined;
  /** DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, HOME. */
  readonly env?: Environment | undefined;
  /** Told what of Docker's client configuration could not be read and is done without. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

const kibi = 1 << 10;
const mebi = 1 << 20;

/**
 * Largest answers that are read. An image's name takes at most some 500 bytes in /images/json, so 256 MiB holds
 * half a million of the longest.
 */
const limits = {
  ping: 64 * kibi,
  info: 8 * mebi,
  image: 16 * mebi,
  images: 256 * mebi,
  containers: 64 * mebi,
  version: mebi,
  load: 8 * mebi,
  change: 8 * mebi,
};
const defaultTimeoutMs = 30_000;
/** To make a container, a daemon may unpack its image first. */
const changeTimeoutMs = 10 * 60_000;
/** 100,000 references take dockerd about a second. */
const listTimeoutMs = 120_000;
const pullTimeoutMs = 120_000;
/** Between the last bytes of an archive and the answer all of its layers are unpacked. */
const loadTimeoutMs = 60 * 60_000;

/**
 * The daemon that the docker CLI would talk to. Connects at the first request, not here.
 * @throws EngineError with reason `address` when DOCKER_HOST or the docker context is not usable
 */
export function connectEngine({ host, env = process.env, onWarning }: ConnectOptions = {}): Engine {
  const endpoint = resolveEndpoint(host, env, onWarning);
  return new HttpEngine(endpoint.host, new HttpClient(endpoint));
}

class HttpEngine implements Engine {
  readonly host: string;
  readonly #client: HttpClient;
  /** Never above what the daemon says; asked again after each ping, as another version may have been started. */
  #version: string | undefined;

  constructor(host: string, client: HttpClient) {
    this.host = host;
    this.#client = client;
  }

  async ping(options: RequestOptions = {}): Promise<Ping> {
    const answer = await this.#get('/_ping', limits.ping, options);
    const apiVersion = answer.headers['api-version'];
    if (typeof apiVersion !== 'string' || !/^\d{1,4}\.\d{1,4}$/.test(apiVersion))
      throw this.#notDocker('/_ping');
    if (answer.status !== 200) throw this.#refused('/_ping', answer);
    this.#version = lowerVersion(apiVersion, newestApiVersion);
    const server = answer.headers['server'];
    return { apiVersion, server: typeof server === 'string' ? server : '' };
  }

  async info(options?: RequestOptions): Promise<EngineInfo> {
    return this.#read('/info', limits.info, readInfo, options);
  }

  async imageStore(options?: RequestOptions): Promise<ImageStore> {
    return (await this.info(options)).imageStore;
  }

  async images(options?: RequestOptions): Promise<EngineImage[]> {
    return this.#read('/images/json?all=1', limits.images, readImages, {
      timeoutMs: listTimeoutMs,
      ...options,
    });
  }

  async inspectImage(reference: string, options?: RequestOptions): Promise<EngineImage | undefined> {
    parseAnyReference(reference);
    const path = `/images/${encodeURIComponent(reference)}/json`;
    try {
      return await this.#read(path, limits.image, readImage, options);
    } catch (error) {
      // 400: a name that this version's parser refuses, so it is in none of its lookups either.
      if (error instanceof EngineError && (error.status === 404 || error.status === 400)) return undefined;
      throw error;
    }
  }

  async runningContainers(options?: RequestOptions): Promise<EngineContainer[]> {
    return this.#read('/containers/json', limits.containers, readContainers, options);
  }

  async containerPolicy(id: string, options?: RequestOptions): Promise<EngineContainerPolicy | undefined> {
    const path = `/containers/${encodeURIComponent(id)}/json`;
    return this.#read(path, limits.image, readContainerPolicy, options).catch((error: unknown) => {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    });
  }

  async createdContainers(label: string, options?: RequestOptions): Promise<EngineContainer[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [label], status: ['created'] }));
    return this.#read(
      `/containers/json?all=1&filters=${filters}`,
      limits.containers,
      readContainers,
      options,
    );
  }

  async createContainer({
    image,
    labels,
    onRefused,
    ...options
  }: CreateContainerOptions & { readonly onRefused?: (reason: string) => void }): Promise<
    string | undefined
  > {
    parseAnyReference(image);
    const path = '/containers/create';
    // A command of its own, as an image may have none; it is never run.
    const json = {
      Image: image,
      Cmd: ['refstore'],
      Labels: labels,
      NetworkDisabled: true,
      HostConfig: { NetworkMode: 'none' },
    };
    const answer = await this.#change('POST', path, options, json);
    if (answer.status >= 400) {
      onRefused?.(messageOf(answer.body));
      return undefined;
    }
    const id = answer.status === 201 ? readCreated(parseJson(answer.body)) : undefined;
    if (id === undefined) throw this.#notDocker(path);
    return id;
  }

  async removeContainer(id: string, options: RequestOptions = {}): Promise<void> {
    const path = `/containers/${encodeURIComponent(id)}?v=1`;
    const answer = await this.#change('DELETE', path, options);
    if (answer.status !== 204 && answer.status !== 404) throw this.#refused(path, answer);
  }

  async removeImage(
    reference: string,
    { force = false, ...options }: RemoveImageOptions = {},
  ): Promise<boolean> {
    parseAnyReference(reference);
    const path = `/images/${encodeURIComponent(reference)}${force ? '?force=1' : ''}`;
    const answer = await this.#change('DELETE', path, options);
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw this.#refused(path, answer);
    return true;
  }

  async hasHistory(reference: string, options: RequestOptions = {}): Promise<boolean> {
    parseAnyReference(reference);
    if (this.#version === undefined) await this.ping(options);
    const path = `/images/${encodeURIComponent(reference)}/history`;
    const { status } = await this.#get(`/v${this.#version}${path}`, limits.image, options);
    return status === 200;
  }

  async platform(options?: RequestOptions): Promise<string> {
    return this.#read('/version', limits.version, readPlatform, options);
  }

  async registries(options?: RequestOptions): Promise<EngineRegistries> {
    return this.#read('/info', limits.info, readRegistries, options);
  }

  async isInRegistry(reference: string, options: RequestOptions = {}): Promise<boolean> {
    if (this.#version === undefined) await this.ping(options);
    const path = `/v${this.#version}/distribution/${encodeURI(reference)}/json`;
    return (await this.#get(path, limits.change, options)).status === 200;
  }

  async tagImage(
    imageId: string,
    repository: string,
    tag: string,
    options: RequestOptions = {},
  ): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    const path = `/images/${imageId}/tag?${query}`;
    const answer = await this.#change('POST', path, options);
    if (answer.status !== 201) throw this.#refused(path, answer);
  }

  async pullDigest(
    repository: string,
    digest: string,
    { platform, timeoutMs = pullTimeoutMs, signal }: PullOptions = {},
  ): Promise<void> {
    const query = new URLSearchParams({ fromImage: repository, tag: digest });
    if (platform !== undefined) query.set('platform', platform);
    const path = `/images/create?${query}`;
    const answer = await this.#change('POST', path, { timeoutMs, signal });
    if (answer.status !== 200) throw this.#refused(path, answer);
    const said = readProgress(answer.body.toString('utf8'));
    if (said === undefined) throw this.#notDocker(path);
    if (said.error === undefined) return;
    const message = said.error.trim().slice(0, maxMessageLength);
    throw new EngineError(
      this.host,
      'status',
      `the Docker daemon at ${this.host} could not pull ${repository}@${digest}: ${message}`,
    );
  }

  async loadImages(
    archive: AsyncIterable<Uint8Array>,
    { onSent, signal, timeoutMs = loadTimeoutMs }: LoadImagesOptions = {},
  ): Promise<string[]> {
    if (this.#version === undefined) await this.ping({ signal });
    const path = '/images/load?quiet=1';
    const answer = await this.#client.post(`/v${this.#version}${path}`, {
      body: archive,
      contentType: 'application/x-tar',
      sizeLimit: limits.load,
      signal,
      timeoutMs,
      onSent,
    });
    if (answer.status !== 200) throw this.#refused(path, answer);
    const said = readProgress(answer.body.toString('utf8'));
    if (said === undefined) throw this.#notDocker(path);
    if (said.error === undefined) return [...said.lines];
    const message = said.error.trim().slice(0, maxMessageLength);
    throw new EngineError(
      this.host,
      'status',
      `the Docker daemon at ${this.host} could not load the archive: ${message}`,
    );
  }

  async #read<T>(
    path: string,
    sizeLimit: number,
    read: (value: unknown) => T | undefined,
    options: RequestOptions = {},
  ): Promise<T> {
    if (this.#version === undefined) await this.ping(options);
    const answer = await this.#get(`/v${this.#version}${path}`, sizeLimit, options);
    if (answer.status !== 200) throw this.#refused(path, answer);
    const value = read(parseJson(answer.body));
    if (value === undefined) throw this.#notDocker(path);
    return value;
  }

  async #change(
    method: 'POST' | 'DELETE',
    path: string,
    options: RequestOptions,
    json?: unknown,
  ): Promise<HttpAnswer> {
    if (this.#version === undefined) await this.ping(options);
    const { signal, timeoutMs = changeTimeoutMs } = options;
    return this.#client.send(`/v${this.#version}${path}`, {
      method,
      json,
      signal,
      timeoutMs,
      sizeLimit: limits.change,
    });
  }

  #get(path: string, sizeLimit: number, { signal, timeoutMs = defaultTimeoutMs }: RequestOptions) {
    return this.#client.get(path, { signal, timeoutMs, sizeLimit });
  }

  #refused(path: string, { status, body }: HttpAnswer): EngineError {
    const message = messageOf(body);
    const said = message === '' ? `HTTP ${status}` : `${message} (HTTP ${status})`;
    return new EngineError(
      this.host,
      'status',
      `the Docker daemon at ${this.host} refused ${path}: ${said}`,
      {
        status,
      },
    );
  }

  #notDocker(path: string): EngineError {
    const text = `${this.host} does not answer ${path} as a Docker daemon does`;
    return new EngineError(this.host, 'not-docker', text, {
      hint: 'is this the daemon’s socket? Say where it is with --host or DOCKER_HOST',
    });
  }
}

/** Undefined for what is no JSON. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const maxMessageLength = 500;

/** The daemon's own words: `{"message": …}`, or plain text. */
function messageOf(body: Buffer): string {
  const value = parseJson(body);
  const text =
    isObject(value) && typeof value['message'] === 'string' ? value['message'] : body.toString('utf8');
  return text.trim().slice(0, maxMessageLength);
}
