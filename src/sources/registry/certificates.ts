import { readdir } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { readRegularFile } from '../../system/regular-file.ts';

const usualFolder = '/etc/docker/certs.d';
/** In bytes; a bundle of all public authorities has 200 kB. */
const largest = 1 << 20;

/**
 * The https agent for a registry, with the certificates of its own folder, as for the daemon (moby v28.5.2
 * registry/registry.go): `*.crt` are additional authorities, `NAME.cert` and `NAME.key` identify the client.
 * @param host `HOST[:PORT]`
 * @throws RefstoreError READ_FAILED, LIMIT_EXCEEDED when one of them cannot be read
 */
export async function agentFor(
  host: string,
  isInsecure: boolean,
  certsDir: string = usualFolder,
): Promise<Agent> {
  const folder = join(certsDir, host.replaceAll('/', ''));
  const names = (await readdir(folder).catch(() => [])).sort();
  const authorities = await Promise.all(
    names.filter((name) => name.endsWith('.crt')).map((name) => textOf(join(folder, name))),
  );
  const pair = names.find((name) => name.endsWith('.cert') && names.includes(keyOf(name)));
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !isInsecure,
    ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
    ...(pair !== undefined && {
      cert: await textOf(join(folder, pair)),
      key: await textOf(join(folder, keyOf(pair))),
    }),
  });
}

function keyOf(certificate: string): string {
  return certificate.replace(/\.cert$/, '.key');
}

async function textOf(file: string): Promise<string> {
  const read = await readRegularFile(file, { limit: largest, followLink: true });
  return new TextDecoder().decode(read?.bytes);
}
