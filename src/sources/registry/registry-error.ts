import { RefstoreError } from '../../errors.ts';

/**
 * Why a registry gave no manifest.
 * - `network`, `tls`, `timeout`: no connection, or no answer in time
 * - `not-found`: it has no such repository, tag or digest
 * - `unauthorized`: it wants credentials, or refuses those that there are
 * - `busy`, `status`: it answered that it cannot
 * - `redirect`: it leads elsewhere, in a way that is not followed
 * - `lie`: what it sent is not what it, or the digest, says that it is
 * - `malformed`: its response does not follow the protocol
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
 * carry pieces of what was received, and a registry may send back what it was sent. Nothing that a server sent is
 * quoted, but for digests that were checked to be some.
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

/**
 * Who answers a request, for the messages. Of a host that the registry named, the name is not given: a registry may
 * put what it was sent, credentials too, into the addresses that it names.
 */
export interface Responder {
  /** `HOST[:PORT]` of the registry that was asked first, as the operator wrote it. */
  readonly registry: string;
  readonly role: 'registry' | 'redirect target' | 'token service';
}

const responderNames: Readonly<Record<Responder['role'], string>> = {
  registry: '',
  'redirect target': 'at the host that it leads to: ',
  'token service': 'at its token service: ',
};

/** A RegistryError about whoever answers: `problem` says "it". */
export function responderError(
  { registry, role }: Responder,
  reason: RegistryFailure,
  problem: string,
  options: RegistryErrorOptions = {},
): RegistryError {
  return new RegistryError(registry, reason, `${responderNames[role]}${problem}`, options);
}

/** An error of node:net, node:tls or node:http. */
export function connectionError(responder: Responder, error: unknown): RegistryError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const details = { errno: code };
  if (certificateFailure.test(code)) {
    const folder = responder.role === 'registry' ? responder.registry : 'HOST';
    return responderError(responder, 'tls', `its certificate is not trusted (${code})`, {
      hint: `put its authority's certificate into /etc/docker/certs.d/${folder}/ca.crt, as for the daemon`,
      details,
    });
  }
  if (isNoTls(error)) {
    return responderError(responder, 'tls', 'it does not speak TLS', {
      hint: 'list it as insecure, as in the daemon’s insecure-registries, if it is to be trusted without',
      details,
    });
  }
  if (code.startsWith('HPE_'))
    return responderError(responder, 'malformed', 'its answer is not HTTP', { details });
  const [reason, what] = failures[code] ?? ['network', `no connection (${code || 'unknown reason'})`];
  const hint = reason === 'network' ? 'proxies are not used: it has to be reachable from here' : undefined;
  return responderError(responder, reason, what, { hint, details });
}

/** The other side answered a TLS greeting with something else. */
export function isNoTls(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'EPROTO' || /^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|UNEXPECTED|HTTP_REQUEST)/.test(code);
}
