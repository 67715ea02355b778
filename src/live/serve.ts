import { RefstoreError } from '../errors.ts';
import { loopbackAddress, type ServedBy, splitDomain } from './endpoints.ts';
import { ManifestRegistry, type ServedRequest } from './manifest-registry.ts';
import type { DigestPull, KnownManifest } from './plan-live.ts';

/** For names that a line in /etc/hosts leads here: not 127.0.0.1, whose ports other services have. */
export const hostsAddress = '127.83.70.82';

const httpsPort = 443;

/** Our registries of one live change, and what they were asked for. */
export class Serving {
  readonly listening: {
    readonly address: string;
    readonly port: number;
    readonly names: readonly string[];
  }[] = [];
  /** Answered requests for manifests, and for `/v2/`. */
  manifests = 0;
  versionChecks = 0;
  /** What else was asked, and refused; the first of them. */
  readonly refused: ServedRequest[] = [];
  readonly #registries: ManifestRegistry[] = [];

  /**
   * Listens on all that is needed. Nothing on the host was changed for it yet.
   * @throws RefstoreError LIVE_REFUSED
   */
  static async begin(domains: ReadonlyMap<string, ServedBy>, pulls: readonly DigestPull[]): Promise<Serving> {
    const serving = new Serving();
    try {
      for (const [domain, way] of domains) {
        const ofDomain = pulls.filter((pull) => pull.domain === domain);
        const { host, port, hasPort } = splitDomain(domain);
        if (way === 'mirror') await serving.#listen('127.0.0.1', 0, [], ofDomain);
        else if (way === 'port') {
          const address = loopbackAddress(host) as string;
          if (!hasPort) await requireFree(address, httpsPort);
          await serving.#listen(address, port, [domain], ofDomain);
          // Whoever has that port of ::1 would be asked first.
          if (host === 'localhost') await serving.#listen('::1', port, [domain], ofDomain);
        } else if (way === 'hosts') {
          // The daemon tries HTTPS first, and plain HTTP where nobody listens.
          if (!hasPort) await requireFree(hostsAddress, httpsPort);
          await serving.#listenOrJoin(hostsAddress, port, domain, ofDomain);
        }
      }
      return serving;
    } catch (error) {
      await serving.end();
      throw error;
    }
  }

  get mirrorUrl(): string | undefined {
    const mirror = this.listening.find(({ names }) => names.length === 0);
    return mirror && `http://${mirror.address}:${mirror.port}/`;
  }

  async end(): Promise<void> {
    await Promise.all(this.#registries.map((registry) => registry.close()));
  }

  /** Several names may share a port. */
  readonly #shared = new Map<
    number,
    { names: string[]; manifests: Map<string, Map<string, KnownManifest>> }
  >();

  async #listenOrJoin(
    address: string,
    port: number,
    domain: string,
    pulls: readonly DigestPull[],
  ): Promise<void> {
    const shared = this.#shared.get(port);
    if (shared === undefined) {
      const fresh = { names: [domain], manifests: manifestsOf(pulls) };
      this.#shared.set(port, fresh);
      await this.#open(address, port, fresh.names, fresh.manifests);
      return;
    }
    shared.names.push(domain);
    for (const [path, digests] of manifestsOf(pulls)) {
      shared.manifests.set(path, new Map([...(shared.manifests.get(path) ?? []), ...digests]));
    }
  }

  async #listen(address: string, port: number, names: string[], pulls: readonly DigestPull[]): Promise<void> {
    await this.#open(address, port, names, manifestsOf(pulls));
  }

  async #open(
    address: string,
    port: number,
    names: readonly string[],
    manifests: Map<string, Map<string, KnownManifest>>,
  ): Promise<void> {
    const onRequest = (request: ServedRequest) => this.#count(request);
    try {
      const registry = await ManifestRegistry.listen({ address, port, names }, { manifests, onRequest });
      this.#registries.push(registry);
      this.listening.push({ address, port: registry.port, names });
    } catch (error) {
      if (address !== '::1' || !isWithoutIpv6(error)) throw error;
    }
  }

  #count(request: ServedRequest): void {
    if (request.status !== 200) {
      if (this.refused.length < refusedKept) this.refused.push(request);
    } else if (request.path === '/v2/') this.versionChecks++;
    else this.manifests++;
  }
}

const refusedKept = 100;

function isWithoutIpv6(error: unknown): boolean {
  const errno = error instanceof RefstoreError ? error.details['errno'] : undefined;
  return errno === 'EADDRNOTAVAIL' || errno === 'EAFNOSUPPORT';
}

async function requireFree(address: string, port: number): Promise<void> {
  const probe = await ManifestRegistry.listen({ address, port, names: [] }, { manifests: new Map() });
  await probe.close();
}

function manifestsOf(pulls: readonly DigestPull[]): Map<string, Map<string, KnownManifest>> {
  const byPath = new Map<string, Map<string, KnownManifest>>();
  for (const { path, manifests } of pulls) {
    const digests = byPath.get(path) ?? new Map<string, KnownManifest>();
    for (const one of manifests) digests.set(one.digest, one);
    byPath.set(path, digests);
  }
  return byPath;
}
