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

/** Copies out of a loopback registry into an archive or folder: `--preserve-digests` and `--all`, unless told. */
export async function copyFromRegistry(
  source: string,
  target: string,
  how: readonly string[] = ['--all', '--preserve-digests'],
): Promise<void> {
  const quietly = ['--quiet', '--insecure-policy', '--src-tls-verify=false'];
  await output('skopeo', ['copy', ...quietly, ...how, `docker://${source}`, target]);
}
