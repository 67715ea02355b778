import { manifestLimit, manifestMediaTypes, parseManifest } from '../../oci/manifest.ts';
import { isDigest } from '../../reference/digest.ts';
import { familiarString, favorDigest, type Reference } from '../../reference/reference.ts';
import type { ProvenManifest } from '../evidence/evidence.ts';
import { digestOf } from '../evidence/prove.ts';
import { Authorizer } from './authorizer.ts';
import { type Endpoint, endpointsFor } from './endpoints.ts';
import { RegistryHttp, type Reply } from './http.ts';
import { Keychain } from './keychain.ts';
import type { RegistryOptions } from './options.ts';
import { RegistryError } from './registry-error.ts';

/** A manifest, and who gave it. */
export interface FetchedManifest extends ProvenManifest {
  /** `HOST[:PORT]`. */
  readonly host: string;
}

/**
 * Asks registries for manifests (distribution-spec, pull). What it returns is what was asked for: the digest is
 * always computed from the bytes, and a registry that says otherwise is not believed in anything.
 */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #http: RegistryHttp;
  readonly #authorizer: Authorizer;
  /** By host and scope. */
  readonly #authorizations = new Map<string, Promise<string>>();

  constructor(options: RegistryOptions = {}) {
    this.#options = options;
    this.#http = new RegistryHttp(options);
    this.#authorizer = new Authorizer(this.#http, new Keychain(options));
  }

  /** Lets go of the connections that are kept. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  /**
   * The manifest of a reference: by its digest, if it has one, else by its tag.
   * @throws RegistryError; RefstoreError LIMIT_EXCEEDED, ABORTED, USAGE, READ_FAILED
   */
  async manifest(reference: Reference, signal?: AbortSignal): Promise<FetchedManifest> {
    const wanted = favorDigest(reference);
    return await this.#first(wanted, (endpoint) => this.#from(endpoint, wanted, signal));
  }

  /** From a mirror, else from the registry itself. */
  async #first<T>(reference: Reference, ask: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const endpoints = endpointsFor(reference, this.#options.mirrors);
    for (const [index, endpoint] of endpoints.entries()) {
      try {
        return await ask(endpoint);
      } catch (error) {
        const isLast = index === endpoints.length - 1;
        if (isLast || !(error instanceof RegistryError) || error.reason === 'lie') throw error;
      }
    }
    throw new TypeError('no endpoint');
  }

  /**
   * A blob of a repository, which hashes to its digest: the config of an image.
   * @throws as `manifest` does
   */
  async config(reference: Reference, signal?: AbortSignal): Promise<Buffer> {
    return await this.#first(reference, async (endpoint) => {
      const url = new URL(`v2/${reference.path}/blobs/${reference.digest}`, endpoint.base);
      const reply = await this.#get(endpoint, url, `repository:${reference.path}:pull`, signal);
      assertGiven(reply, endpoint, reference);
      assertHonest(reply, endpoint, reference);
      return reply.body;
    });
  }

  async #from(
    endpoint: Endpoint,
    reference: Reference,
    signal: AbortSignal | undefined,
  ): Promise<FetchedManifest> {
    const { path, tag, digest } = reference;
    const url = new URL(`v2/${path}/manifests/${digest ?? tag}`, endpoint.base);
    const reply = await this.#get(endpoint, url, `repository:${path}:pull`, signal);
    assertGiven(reply, endpoint, reference);
    const { body: bytes } = reply;
    const actual = assertHonest(reply, endpoint, reference);
    const manifest = parseManifest(bytes);
    if ('problem' in manifest) {
      const reason = isSchema1(reply)
        ? 'it is of schema 1, which names no image'
        : manifest.problem === 'wrong-kind'
          ? 'its media type is of no image' // what it is would be quoted from the answer
          : manifest.reason;
      throw new RegistryError(
        endpoint.host,
        'malformed',
        `the manifest of ${familiarString(reference)}: ${reason}`,
      );
    }
    return { digest: actual, bytes, manifest, host: endpoint.host };
  }

  /** With the credentials that were good before; if they are refused, with new ones, once. */
  async #get(endpoint: Endpoint, url: URL, scope: string, signal: AbortSignal | undefined): Promise<Reply> {
    const key = `${endpoint.host} ${scope}`;
    const known = this.#authorizations.get(key);
    const send = (authorization: string | undefined) =>
      this.#http.send(url, {
        headers: { Accept: manifestMediaTypes.join(', ') },
        sizeLimit: manifestLimit,
        authorization,
        signal,
      });
    const reply = await send(await known);
    // What stands elsewhere may not ask for the credentials of the registry that led there.
    if (reply.status !== 401 || reply.isElsewhere) return reply;
    if (this.#authorizations.get(key) === known) {
      const header = reply.headers['www-authenticate'];
      this.#authorizations.set(key, this.#authorizer.authorize(endpoint, header, scope, signal));
    }
    return await send(await this.#authorizations.get(key));
  }
}

function assertGiven(
  { status, isElsewhere, headers }: Reply,
  { host, account }: Endpoint,
  reference: Reference,
): void {
  const name = familiarString(reference);
  if (status === 404) throw new RegistryError(host, 'not-found', `it has no ${name}`, { status });
  if (status === 401 || status === 403) {
    const who = isElsewhere ? 'the host that it leads to' : 'it';
    throw new RegistryError(host, 'unauthorized', `${who} does not give ${name} to us (${status})`, {
      hint: `docker login ${account}, as a user who may pull it`,
      status,
    });
  }
  if (status === 429) {
    throw new RegistryError(host, 'busy', 'it wants fewer requests (429)', {
      hint: 'wait, or log in: docker login gives most registries a higher limit',
      status,
    });
  }
  if (status !== 200)
    throw new RegistryError(host, 'status', `it answered ${status} for ${name}`, { status });
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new RegistryError(host, 'malformed', `${name} comes encoded, though that was not asked for`);
  }
}

/** Its bytes are what was asked for, and what the registry says that they are. Returns their digest. */
function assertHonest({ body, headers }: Reply, { host }: Endpoint, reference: Reference): string {
  const name = familiarString(reference);
  const { digest } = reference;
  if (digest !== undefined && digestOf(body, digest) !== digest) {
    const actual = digestOf(body, digest);
    throw new RegistryError(host, 'lie', `asked for ${name}, it sent bytes that hash to ${actual}`, {
      hint: 'do not trust what it has: it is damaged, or somebody changed it',
      details: { asked: digest, actual },
    });
  }
  const said = headers['docker-content-digest'];
  if (typeof said === 'string' && said !== '') {
    const actual = isDigest(said) ? digestOf(body, said) : digestOf(body);
    if (said !== actual) {
      const shown = isDigest(said) ? 'not that of its bytes' : 'no digest';
      throw new RegistryError(
        host,
        'lie',
        `the Docker-Content-Digest that it gives for ${name} is ${shown}: the bytes that it sent hash to ${actual}`,
        { hint: 'do not trust what it has: it is damaged, or somebody changed it', details: { actual } },
      );
    }
  }
  return digest ?? digestOf(body);
}

function isSchema1({ headers }: Reply): boolean {
  return (headers['content-type'] ?? '').includes('vnd.docker.distribution.manifest.v1');
}
