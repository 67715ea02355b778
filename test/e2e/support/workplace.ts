import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where install.sh puts engines and hosts. */
export const cache = process.env['REFSTORE_E2E_CACHE'] ?? '/var/tmp/docker-refstore-e2e';

/** The project's root folder. */
export const project = join(import.meta.dirname, '../../..');

/** A script beside this file. */
export const script = (name: string): string => join(import.meta.dirname, name);

/**
 * A short-lived folder. Daemons put their sockets and pid files into it, so its path is short (a socket's may have 107 bytes),
 * and all of them are below one folder where `.ci/run` finds what a killed run left behind.
 */
export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(process.env['REFSTORE_E2E_TMP'] ?? tmpdir(), `refstore-${name}-`));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
