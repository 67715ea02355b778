import { type ChildProcess, spawn } from 'node:child_process';
import { CommandOutput } from './command-output.ts';
import { systemEnvironment } from './system-program.ts';

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
 * Runs a command to its end. Never throws: what went wrong is in the result. Its output goes through a file, as a
 * daemon that it leaves behind may keep that open: with a pipe we would wait for the daemon's end, and the daemon
 * would die of SIGPIPE at ours. Where there can be no file the command runs without: Docker has to start in any
 * case. It gets a session of its own, so that an interrupt from the terminal does not end it halfway; when it takes
 * too long, it alone is ended, and not what it started.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const output = await CommandOutput.tryOpen();
  try {
    const end = await runInto(argv, output?.descriptor ?? 'ignore', options);
    return { ...end, output: (await output?.text()) ?? '' };
  } finally {
    await output?.close();
  }
}

function runInto(
  [command = '', ...args]: readonly string[],
  output: number | 'ignore',
  { timeoutMs, env = systemEnvironment({ user: args.includes('--user') }) }: CommandOptions,
): Promise<Omit<CommandResult, 'output'>> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(command, args, { stdio: ['ignore', output, output], env, detached: true });
    } catch (error) {
      // Node tells some failures by an event, and throws the others.
      resolve({ status: undefined, problem: (error as Error).message });
      return;
    }
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
