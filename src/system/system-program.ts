import { type SpawnOptions, spawn } from 'node:child_process';

/**
 * Where the programs of the system are looked for, whatever PATH we were given: what sudo and systemd give, and
 * NixOS' folder of the same. An object, so that tests can put others in their place.
 */
export const systemPath = {
  folders: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
};

/** What `systemctl --user` needs to find the user's systemd. */
const userBus = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

/** All of the environment that a program of the system gets. In the C locale: what it prints is read by us. */
export function systemEnvironment({ user = false } = {}): Record<string, string> {
  const bus = user ? userBus.map((name) => [name, process.env[name]] as const) : [];
  const given = bus.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { PATH: systemPath.folders, LC_ALL: 'C', ...Object.fromEntries(given) };
}

export interface ProgramAnswer {
  /** Exit status; undefined when it could not be started, was ended by a signal or took too long. */
  readonly status: number | undefined;
  /** What it wrote to standard output. */
  readonly output: string;
}

export interface AskOptions {
  readonly timeoutMs: number;
  /** Open files that it gets as descriptors 3, 4, … */
  readonly files?: readonly number[];
}

/** No answer that is asked for comes near it. */
const outputLimit = 1 << 20;

/**
 * Asks a program of the system, which changes nothing and leaves nothing running. Never throws: what went wrong is
 * an answer without a status.
 */
export function askProgram(
  [command = '', ...args]: readonly string[],
  { timeoutMs, files = [] }: AskOptions,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const options: SpawnOptions = {
      stdio: ['ignore', 'pipe', 'ignore', ...files],
      env: systemEnvironment({ user: args.includes('--user') }),
      cwd: '/',
      // A session of its own: an interrupt from the terminal is ours, and not an answer.
      detached: true,
    };
    const child = spawn(command, args, options);
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (status: number | undefined) => {
      clearTimeout(timer);
      resolve({ status, output: Buffer.concat(chunks).toString('utf8') });
    };
    const giveUp = () => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      finish(undefined);
    };
    const timer = setTimeout(giveUp, timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputLimit) giveUp();
      else chunks.push(chunk);
    });
    child.on('error', () => finish(undefined));
    child.on('close', (status) => finish(status ?? undefined));
  });
}
