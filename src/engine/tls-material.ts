import { join } from 'node:path';
import { EngineError } from './engine-error.ts';
import { readSmallFile } from './small-file.ts';

/** What node:tls needs to talk to a daemon. */
export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The daemon must prove who it is. */
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads ca.pem, cert.pem and key.pem of a folder; each may be missing, as for the docker CLI.
 * @throws EngineError with reason `address` when one cannot be read, or only one of cert and key is there
 */
export function readTlsMaterial(host: string, folder: string, verify: boolean): TlsMaterial {
  const ca = readSmallFile(host, join(folder, 'ca.pem'));
  const cert = readSmallFile(host, join(folder, 'cert.pem'));
  const key = readSmallFile(host, join(folder, 'key.pem'));
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert.pem' : 'key.pem';
    throw new EngineError(host, 'address', `cannot connect to ${host}: ${missing} is missing in ${folder}`, {
      hint: 'cert.pem and key.pem are only of use together',
    });
  }
  return { ca, cert, key, rejectUnauthorized: verify };
}
