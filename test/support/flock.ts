import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** A process that holds flock(2) on a file, as dockerd holds it on its databases, until the test is over. */
export async function holdFlock(file: string, { command = 'dockerd' } = {}): Promise<ChildProcess> {
  // The kernel names a process by the last part of the path by which it was started.
  const shell = join(await temporaryFolder(), command);
  await symlink('/bin/sh', shell);
  const holder = spawn('flock', ['--no-fork', file, shell, '-c', 'echo held; read -r _']);
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  return holder;
}
