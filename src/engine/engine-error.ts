import { RefstoreError } from '../errors.ts';

/**
 * Why a daemon could not be asked.
 * - `address`: DOCKER_HOST, the docker context or its files are not usable
 * - `no-socket`, `permission`, `refused`, `network`, `tls`, `timeout`: no connection, or none in time
 * - `closed`: the connection ended before the answer did (a crash of the request, or of the daemon)
 * - `not-docker`: something answers that is no Docker daemon
 * - `status`: the daemon answered that it could not
 * - `other-daemon`: it is not the one that is meant
 */
export type EngineFailure =
  | 'address'
  | 'no-socket'
  | 'permission'
  | 'refused'
  | 'network'
  | 'tls'
  | 'timeout'
  | 'closed'
  | 'not-docker'
  | 'status'
  | 'other-daemon';

export interface EngineErrorOptions {
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** The daemon could not be asked, or gave no usable answer (ENGINE_FAILED). */
export class EngineError extends RefstoreError {
  readonly host: string;
  readonly reason: EngineFailure;
  /** HTTP status, when the daemon answered with one. */
  readonly status: number | undefined;

  constructor(host: string, reason: EngineFailure, message: string, options: EngineErrorOptions = {}) {
    const { status } = options;
    super('ENGINE_FAILED', message, {
      hint: options.hint,
      details: { host, reason, ...(status === undefined ? {} : { status }) },
      cause: options.cause,
    });
    this.host = host;
    this.reason = reason;
    this.status = status;
  }
}

interface ConnectionFailure {
  readonly reason: EngineFailure;
  readonly what: string;
  readonly hint?: string;
}

const failures: Readonly<Record<string, ConnectionFailure>> = {
  ENOENT: {
    reason: 'no-socket',
    what: 'there is no socket',
    hint: 'start the daemon, or say where it is: --host, DOCKER_HOST or a docker context',
  },
  ENOTSOCK: { reason: 'not-docker', what: 'this is not a socket' },
  EACCES: {
    reason: 'permission',
    what: 'permission denied',
    hint: 'run it as root, or as a user in the docker group',
  },
  ECONNREFUSED: {
    reason: 'refused',
    what: 'nothing listens there',
    hint: 'the daemon is not running: start it, or say where it is with --host or DOCKER_HOST',
  },
  ENOTFOUND: { reason: 'network', what: 'the host name is not known' },
  EAI_AGAIN: { reason: 'network', what: 'the host name could not be looked up' },
  EHOSTUNREACH: { reason: 'network', what: 'the host cannot be reached' },
  ENETUNREACH: { reason: 'network', what: 'the network cannot be reached' },
  ETIMEDOUT: { reason: 'timeout', what: 'the host does not answer' },
  ECONNRESET: { reason: 'closed', what: 'the daemon closed the connection before it had answered' },
  EPIPE: { reason: 'closed', what: 'the daemon closed the connection before it had answered' },
  EPROTO: {
    reason: 'tls',
    what: 'the other side does not speak TLS',
    hint: 'unset DOCKER_TLS_VERIFY for a daemon without TLS',
  },
};

const tlsFailure = /^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** An error of node:net, node:tls or node:http, in the words of a user of Docker. */
export function connectionError(host: string, error: unknown): EngineError {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  if (code.startsWith('HPE_')) {
    return new EngineError(host, 'not-docker', `${host} is not a Docker daemon: its answer is not HTTP`, {
      hint: 'is this the daemon’s socket, and does its port expect TLS (DOCKER_TLS_VERIFY=1)?',
      cause: error,
    });
  }
  if (tlsFailure.test(code)) {
    return new EngineError(host, 'tls', `cannot connect to the Docker daemon at ${host}: ${message}`, {
      hint: 'check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH, or those of the docker context',
      cause: error,
    });
  }
  const { reason, what, hint } = failures[code] ?? { reason: 'network', what: message };
  return new EngineError(host, reason, `cannot connect to the Docker daemon at ${host}: ${what}`, {
    hint,
    cause: error,
  });
}
