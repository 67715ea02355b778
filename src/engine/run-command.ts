import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEnvironment } from '../dataroot/system-program.ts';
import { tailOf } from './tail.ts';

export interface CommandResult {
  /** Exit status; undefined when it could not be started, was killed or took too long. */
  readonly status: number | undefined;
  /** What it wrote to standard output and standard error, at most the last 16 KiB. */
  readonly output: string;
  /** Why there is no exit status. */
  readonly problem: string | undefined;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Default: that of a program of the system. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Runs a command to its end. Never throws: what went wrong is in the result. Its output goes through a file, as
 * a daemon that it leaves behind may keep that open: with a pipe we would wait for the daemon's end, and the
 * daemon would die of SIGPIPE at ours. It gets a session of its own, so that an interrupt from the terminal
 * does not end it halfway; when it takes too long, it alone is ended, and not what it started.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const folder = await mkdtemp(join(tmpdir(), 'refstore-'));
  try {
    const file = join(folder, 'output');
    const handle = await open(file, 'w', 0o600);
    const end = await runInto(argv, handle.fd, options).finally(() => handle.close());
    return { ...end, output: await tailOf(file) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runInto(
  [command = '', ...args]: readonly string[],
  output: number,
  { timeoutMs, env = systemEnvironment({ user: args.includes('--user') }) }: CommandOptions,
): Promise<Omit<CommandResult, 'output'>> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', output, output], env, detached: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill();
      resolve({ status: undefined, problem: `it did not end within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    child.on('error', ({ message }) => {
      clearTimeout(timer);
      resolve({ status: undefined, problem: message });
    });
    child.on('exit', (status, signal) => {
      clearTimeout(timer);
      if (late) return;
      if (status !== null) resolve({ status, problem: undefined });
      else resolve({ status: undefined, problem: `it was ended by ${signal}` });
    });
  });
}
