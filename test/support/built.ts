import { type ExecFileSyncOptions, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { noDaemon } from './cli.ts';

export const project = join(import.meta.dirname, '../..');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A file of dist, which `npm test` builds first. */
export function built(name: string): string {
  const path = join(project, 'dist', name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm run build`);
  return path;
}

/** Runs a program of this project with Node, without a daemon and without a terminal. */
export function runNode(
  args: readonly string[],
  { input = '', cwd }: Pick<ExecFileSyncOptions, 'cwd'> & { input?: string } = {},
): Ran {
  const { PATH } = process.env;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    input,
    cwd,
    env: { ...noDaemon, PATH },
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}
