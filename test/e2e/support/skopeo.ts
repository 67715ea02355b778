import type { Dockerd } from './dockerd.ts';
import { output } from './run.ts';

/** Copies from a loopback registry into a daemon, as an operator does who then misses the digest. */
export async function copyToDaemon(source: string, daemon: Dockerd, destination: string): Promise<void> {
  await output('skopeo', [
    'copy',
    '--quiet',
    '--insecure-policy',
    '--src-tls-verify=false',
    `--dest-daemon-host=${daemon.host}`,
    `docker://${source}`,
    `docker-daemon:${destination}`,
  ]);
}
