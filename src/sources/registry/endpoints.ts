import { RefstoreError } from '../../errors.ts';
import type { Reference } from '../../reference/reference.ts';
import { quoted } from '../../util/escape.ts';

import type { RegistryResource } from './authorizer.ts';

/** A server that is asked for a repository. */
export interface Endpoint extends RegistryResource {
  readonly base: URL;
}

/**
 * Who is asked for a reference: the registry that it names; for Docker Hub its mirrors first. Each is known by its
 * own credentials: a mirror never gets those of Docker Hub.
 * @throws RefstoreError USAGE for a mirror that is no URL
 */
export function endpointsFor({ domain }: Reference, mirrors: readonly string[] = []): Endpoint[] {
  if (domain !== 'docker.io') return [{ host: domain, account: domain, base: new URL(`https://${domain}/`) }];
  const hub: Endpoint = {
    host: 'registry-1.docker.io',
    account: 'docker.io',
    base: new URL('https://registry-1.docker.io/'),
  };
  return [...mirrors.map(mirrorEndpoint), hub];
}

function mirrorEndpoint(text: string): Endpoint {
  const base = URL.canParse(text) ? new URL(text) : undefined;
  const isPlace = base !== undefined && /^https?:$/.test(base.protocol) && base.pathname === '/';
  if (!isPlace || base.username !== '' || base.password !== '' || base.search !== '') {
    throw new RefstoreError('USAGE', `${quoted(withoutUser(text))} is no mirror`, {
      hint: 'write it as the daemon takes it: https://HOST[:PORT]',
    });
  }
  return { host: base.host, account: base.host, base };
}

function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//');
}
