/** Requests to registries that are under way at one time, unless the operator says otherwise. */
export const defaultConcurrency = 6;

/** How registries are talked to, as the operator says. */
export interface RegistryOptions {
  /**
   * Registries that may be spoken to without TLS or with a certificate that proves nothing, as in the daemon's
   * insecure-registries: `HOST[:PORT]`, or a CIDR range of addresses. Those on this host always may.
   */
  readonly insecure?: readonly string[] | undefined;
  /** As the daemon's registry-mirrors: URLs that are asked, in this order, before Docker Hub. */
  readonly mirrors?: readonly string[] | undefined;
  /** Docker's client configuration (config.json with credentials). Default: DOCKER_CONFIG, else ~/.docker. */
  readonly configDir?: string | undefined;
  /** A folder with a subfolder for each `HOST[:PORT]`: its own authorities and client certificates. Default: /etc/docker/certs.d. */
  readonly certsDir?: string | undefined;
  /** Requests that are under way at one time. Default: 6. */
  readonly concurrency?: number | undefined;
  /** For one request, with its answer. Default: 30,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Before the first of at most four repetitions, doubled each time. Default: 500 ms. */
  readonly backoffMs?: number | undefined;
  /** Where credential helpers and DOCKER_CONFIG are looked for. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}
