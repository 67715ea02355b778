import { join } from 'node:path';
import type { Dockerd } from './dockerd.ts';
import { type Outcome, type RunOptions, run } from './run.ts';
import { project } from './workplace.ts';

/** The built command line: what a user has, not the sources. */
export const program = join(project, 'dist/bin/refstore.js');

/** Runs refstore as an operator of this daemon does: DOCKER_HOST set, nobody at a terminal. */
export function refstore(
  daemon: Dockerd,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const env = { DOCKER_HOST: daemon.host, DOCKER_CONFIG: join(daemon.folder, 'client'), ...options.env };
  return run(process.execPath, [program, ...args], { ...options, env });
}

/** As `refstore`, in the mount namespace of a daemon that has an /etc of its own. */
export async function refstoreBeside(
  daemon: Dockerd,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const words = ['--target', `${await daemon.pid()}`, '--mount', '--', process.execPath, program, ...args];
  return run('nsenter', words, { ...options, env: besideEnvironment(daemon) });
}

export function besideEnvironment(daemon: Dockerd): Record<string, string> {
  return {
    DOCKER_HOST: daemon.host,
    DOCKER_CONFIG: join(daemon.folder, 'client'),
    REFSTORE_STATE_DIR: join(daemon.folder, 'state'),
  };
}

/** As `refstore` with --json; gives the document beside the status. */
export async function refstoreJson<T = Record<string, unknown>>(
  daemon: Dockerd,
  args: readonly string[],
  options?: RunOptions,
): Promise<{ status: number; document: T; stderr: string }> {
  const { status, stdout, stderr } = await refstore(daemon, [...args, '--json'], options);
  try {
    return { status, document: JSON.parse(stdout) as T, stderr };
  } catch (cause) {
    throw new Error(`refstore ${args.join(' ')}: status ${status}, and no JSON:\n${stdout}${stderr}`, {
      cause,
    });
  }
}

/** A patch document that adds references at one image. */
export function adding(image: string, ...references: string[]): string {
  const operations = references.map((reference) => ({ op: 'add', reference, image }));
  return JSON.stringify({ schema: 'docker-refstore/patch/v1', operations });
}
