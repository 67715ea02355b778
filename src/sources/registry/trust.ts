import { BlockList, isIP } from 'node:net';

/**
 * Which registries may be spoken to in the clear, as the daemon decides it (moby, registry/config.go): those on
 * this host, and those that the operator lists. A range of addresses counts for a host that is written as one.
 */
export class InsecureRegistries {
  readonly #hosts: ReadonlySet<string>;
  readonly #ranges = new BlockList();

  /** @param listed `HOST[:PORT]` or `ADDRESS/BITS`; a scheme before it is passed over, as in old lists */
  constructor(listed: readonly string[] = []) {
    this.#ranges.addSubnet('127.0.0.0', 8, 'ipv4');
    this.#ranges.addAddress('::1', 'ipv6');
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
    const lower = host.toLowerCase();
    const name = lower.replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '');
    if (name === 'localhost' || this.#hosts.has(lower)) return true;
    const version = isIP(name);
    return version !== 0 && this.#ranges.check(name, version === 4 ? 'ipv4' : 'ipv6');
  }
}
