import { BlockList, isIP } from 'node:net';

/**
 * Which registries may be spoken to in the clear, as the daemon decides it (moby v28.5.2 registry/config.go): those on
 * this host, and those that the operator lists. A range of addresses counts for a host that is written as one.
 */
export class InsecureRegistries {
  readonly #hosts: ReadonlySet<string>;
  readonly #ranges = new BlockList();

  /** @param listed `HOST[:PORT]` or `ADDRESS/BITS`; a scheme before it is passed over, as in old lists */
  constructor(listed: readonly string[] = []) {
    const hosts = listed.map((entry) =>
      entry
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .replace(/\/$/, ''),
    );
    this.#hosts = new Set(hosts);
    for (const host of hosts) {
      const [address = '', bits = ''] = host.split('/');
      const version = isIP(address);
      if (version === 0 || !/^[0-9]{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) continue;
      this.#ranges.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** @param host `HOST[:PORT]` */
  has(host: string): boolean {
    return isLoopback(host) || this.isListed(host);
  }

  /** By the operator: what is on this host need not be. */
  isListed(host: string): boolean {
    return this.#hosts.has(host.toLowerCase()) || isWithin(this.#ranges, nameOf(host));
  }
}

/** Whether a host is this one. */
export function isLoopback(host: string): boolean {
  const name = nameOf(host);
  return name === 'localhost' || isWithin(loopback, name);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Without the port and brackets. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:[0-9]+$/, '')
    .replace(/^\[|\]$/g, '');
}

function isWithin(ranges: BlockList, name: string): boolean {
  const version = isIP(name);
  return version !== 0 && ranges.check(name, version === 4 ? 'ipv4' : 'ipv6');
}
