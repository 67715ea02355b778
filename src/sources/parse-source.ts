import { backup } from './backup.ts';
import { type ClaimSource, type Transport, usage } from './claim-source.ts';
import { containers } from './containers.ts';
import { content } from './content.ts';
import { dir } from './dir.ts';
import { docker } from './docker.ts';
import { dockerArchive } from './docker-archive.ts';
import { file } from './file-copy.ts';
import { inspect } from './inspect.ts';
import { leftover } from './leftover.ts';
import { live } from './live.ts';
import { lock } from './lock.ts';
import { oci } from './oci.ts';
import { ociArchive } from './oci-archive.ts';
import { driver } from './other-driver.ts';

/** Every kind of source, in the order in which help lists them. */
export const transports: readonly Transport[] = [
  docker,
  oci,
  ociArchive,
  dockerArchive,
  dir,
  lock,
  inspect,
  content,
  containers,
  live,
  backup,
  file,
  leftover,
  driver,
];

/**
 * Reads what --from says: the name of a transport, a colon, and what that transport takes.
 * @throws RefstoreError USAGE
 */
export function parseSource(text: string): ClaimSource {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const transport = transports.find((candidate) => candidate.name === name);
  const known = transports.map((candidate) => candidate.usage).join(', ');
  if (transport === undefined)
    throw usage(`${JSON.stringify(text)} is no source`, `a source is one of ${known}`);
  if (colon < 0)
    throw usage(`the source ${JSON.stringify(text)} lacks its colon`, `write ${transport.usage}`);
  return transport.open(text.slice(colon + 1));
}
