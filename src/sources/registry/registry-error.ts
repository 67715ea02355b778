import { RefstoreError } from '../../errors.ts';

/**
 * Why a registry gave no manifest.
 * - `network`, `tls`, `timeout`: no connection, or no answer in time
 * - `not-found`: it has no such repository, tag or digest
 * - `unauthorized`: it wants credentials, or refuses those that there are
 * - `busy`, `status`: it answered that it cannot
 * - `redirect`: it leads elsewhere, in a way that is not followed
 * - `lie`: what it sent is not what it, or the digest, says that it is
 * - `malformed`: its answer is none of the protocol
 */
export type RegistryFailure =
  | 'network'
  | 'tls'
  | 'timeout'
  | 'not-found'
  | 'unauthorized'
  | 'busy'
  | 'status'
  | 'redirect'
  | 'lie'
  | 'malformed';

export interface RegistryErrorOptions {
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * A registry could not be asked, or its answer cannot be used (SOURCE_FAILED). It has no cause: errors of node:http
 * carry pieces of what was received, and a registry may send back what it was sent.
 */
export class RegistryError extends RefstoreError {
  /** `HOST[:PORT]`. */
  readonly host: string;
  readonly reason: RegistryFailure;

  constructor(host: string, reason: RegistryFailure, problem: string, options: RegistryErrorOptions = {}) {
    const { hint, status, details } = options;
    super('SOURCE_FAILED', `the registry ${host}: ${problem}`, {
      hint,
      details: { host, reason, ...(status === undefined ? {} : { status }), ...details },
    });
    this.host = host;
    this.reason = reason;
  }
}

const failures: Readonly<Record<string, readonly [RegistryFailure, string]>> = {
  ECONNREFUSED: ['network', 'nothing listens there'],
  ENOTFOUND: ['network', 'the host name is not known'],
  EAI_AGAIN: ['network', 'the host name could not be looked up'],
  EHOSTUNREACH: ['network', 'the host cannot be reached'],
  ENETUNREACH: ['network', 'the network cannot be reached'],
  ETIMEDOUT: ['timeout', 'it does not answer'],
  ECONNRESET: ['network', 'it closed the connection before it had answered'],
  EPIPE: ['network', 'it closed the connection before it had answered'],
};

const certificateFailure = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** An error of node:net, node:tls or node:http. */
export function connectionError(host: string, error: unknown): RegistryError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const details = { errno: code };
  if (certificateFailure.test(code)) {
    return new RegistryError(host, 'tls', `its certificate is not trusted (${code})`, {
      hint: `put its authority's certificate into /etc/docker/certs.d/${host}/ca.crt, as for the daemon`,
      details,
    });
  }
  if (isNoTls(error)) {
    return new RegistryError(host, 'tls', 'it does not speak TLS', {
      hint: 'list it as insecure, as in the daemon’s insecure-registries, if it is to be trusted without',
      details,
    });
  }
  if (code.startsWith('HPE_'))
    return new RegistryError(host, 'malformed', 'its answer is not HTTP', { details });
  const [reason, what] = failures[code] ?? ['network', `no connection (${code || 'unknown reason'})`];
  const hint = reason === 'network' ? 'proxies are not used: it has to be reachable from here' : undefined;
  return new RegistryError(host, reason, what, { hint, details });
}

/** The other side answered a TLS greeting with something else. */
export function isNoTls(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'EPROTO' || /^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|UNEXPECTED|HTTP_REQUEST)/.test(code);
}
