import { isIP } from 'node:net';
import type { DigestPull } from './plan-live.ts';

/**
 * How the daemon gets at the manifests of a registry name.
 * - `registry`: from the registry itself
 * - `mirror`: from ours, as a mirror of Docker Hub, for docker.io
 * - `port`: from ours on the port of a loopback name
 * - `hosts`: from ours, a line in /etc/hosts leading there
 */
export type ServedBy = 'registry' | 'mirror' | 'port' | 'hosts';

/** A registry name taken apart: `localhost:5000`, `[::1]:5000`, `registry.example.com`. */
export interface Domain {
  readonly host: string;
  readonly port: number;
  readonly hasPort: boolean;
}

/** Plain HTTP, which the daemon tries after HTTPS for registries on loopback addresses. */
const httpPort = 80;

export function splitDomain(domain: string): Domain {
  const [, host = domain, port] = /^(.*?)(?::(\d+))?$/.exec(domain) ?? [];
  return { host, port: port === undefined ? httpPort : Number(port), hasPort: port !== undefined };
}

/** The loopback address that a name stands for without being looked up anywhere. */
export function loopbackAddress(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1';
  if (host === '[::1]') return '::1';
  return isIP(host) === 4 && host.startsWith('127.') ? host : undefined;
}

/** The ways to serve a registry name from this host, the least invasive first; none for an address elsewhere. */
export function wayToServe(domain: string): Exclude<ServedBy, 'registry'> | undefined {
  if (domain === 'docker.io') return 'mirror';
  const { host } = splitDomain(domain);
  if (loopbackAddress(host) !== undefined) return 'port';
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? 'hosts' : undefined;
}

/** The pulls by the registry name that they ask. */
export function byDomain(pulls: readonly DigestPull[]): Map<string, DigestPull[]> {
  const domains = new Map<string, DigestPull[]>();
  for (const pull of pulls) {
    const known = domains.get(pull.domain);
    if (known === undefined) domains.set(pull.domain, [pull]);
    else known.push(pull);
  }
  return domains;
}
