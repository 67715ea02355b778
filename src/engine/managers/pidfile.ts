import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, type ProcessImage, processStatus } from '../../system/process.ts';
import { lastLines, tailOf } from '../../system/tail.ts';
import type { DaemonManager, ManagerAction, ManagerRunOptions } from '../daemon-manager.ts';
import { RestartError } from '../restart-error.ts';
import { defaultTimeoutMs } from './run-step.ts';

export interface DaemonProcess {
  readonly identity: ProcessIdentity;
  readonly image: ProcessImage;
  /** Where its output goes once it is started again; undefined: nowhere. */
  readonly logFile: string | undefined;
}

/** The daemon that runs now; undefined when none does. */
export type FindProcess = () => Promise<Omit<DaemonProcess, 'logFile'> | undefined>;

const pollMs = 5;

/**
 * A daemon that nothing looks after: it is ended by SIGTERM, never by SIGKILL (that would leave its containerd
 * behind), and started again with the arguments, folder and environment that it had.
 */
export class PidfileManager implements DaemonManager {
  readonly name = 'pidfile';
  readonly mayBeActivated = false;
  readonly #daemon: DaemonProcess;
  readonly #find: FindProcess | undefined;
  #identity: ProcessIdentity;
  #child: ChildProcess | undefined;

  /** @param find without it, the daemon is always the process that was given, or the one that was started since */
  constructor(daemon: DaemonProcess, find?: FindProcess) {
    this.#daemon = daemon;
    this.#find = find;
    this.#identity = daemon.identity;
  }

  /** Another run may have restarted it: then its process ID is another, and all else is as it was shown. */
  async refresh(): Promise<void> {
    if (await isAlive(this.#identity)) return await this.#requireProgram();
    const found = await this.#find?.().catch((error: Error) => {
      const message = `cannot look at the Docker daemon that runs now: ${error.message}`;
      throw new RestartError(message, { manager: this.name, daemon: 'up', cause: error });
    });
    if (found === undefined) return;
    const { pid } = found.identity;
    if (!startsAlike(found.image, this.#daemon.image)) {
      throw new RestartError(
        `the Docker daemon is now process ${pid}, and was started in another way than the daemon that was to be restarted`,
        { manager: this.name, daemon: 'up', hint: 'look at the plan again, and run the command again' },
      );
    }
    this.#identity = found.identity;
    await this.#requireProgram();
  }

  /** While the daemon runs: the program that will have to be started again is still there. */
  async #requireProgram(): Promise<void> {
    const program = programOf(this.#daemon.image);
    if (!isAbsolute(program)) return; // found on PATH, by whoever starts it
    await access(program, constants.X_OK).catch((error: Error) => {
      throw new RestartError(`the Docker daemon could not be started again: ${error.message}`, {
        manager: this.name,
        daemon: 'up',
        hint: 'it was not stopped; was its package removed?',
        cause: error,
      });
    });
  }

  can(): boolean {
    return true;
  }

  plan(action: ManagerAction): string[] {
    const stop = `kill -TERM ${this.#identity.pid}`;
    const { argv, cwd } = this.#daemon.image;
    const start = `cd ${quote(cwd)} && ${argv.map(quote).join(' ')}`;
    if (action === 'restart') return [stop, start];
    return [action === 'stop' ? stop : start];
  }

  async stop({ timeoutMs = defaultTimeoutMs, onStopping }: ManagerRunOptions = {}): Promise<void> {
    const { pid } = this.#identity;
    onStopping?.();
    if (!(await isAlive(this.#identity))) return;
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new RestartError(`cannot stop process ${pid}: ${(error as Error).message}`, {
        manager: this.name,
        daemon: 'up',
        cause: error,
      });
    }
    const deadline = performance.now() + timeoutMs;
    while (await isAlive(this.#identity)) {
      if (performance.now() > deadline) {
        throw new RestartError(`process ${pid} did not end within ${timeoutMs / 1000} s after SIGTERM`, {
          manager: this.name,
          hint: 'it was not killed: look at its log, its containers may take long to stop',
          log: await this.log(),
        });
      }
      await pause(pollMs);
    }
  }

  async start(): Promise<void> {
    const { image, logFile } = this.#daemon;
    const { argv, cwd, env } = image;
    const [name = '', ...args] = argv;
    const program = programOf(image);
    // Docker has to start, with a log or without, and from another folder where its own was removed.
    const log = logFile === undefined ? undefined : await open(logFile, 'a').catch(() => undefined);
    const output = log?.fd ?? 'ignore';
    const isCwdThere = await access(cwd).then(
      () => true,
      () => false,
    );
    try {
      const child = spawn(program, args, {
        argv0: name,
        cwd: isCwdThere ? cwd : '/',
        env,
        detached: true,
        stdio: ['ignore', output, output],
      });
      await once(child, 'spawn');
      child.unref();
      const pid = child.pid as number;
      this.#child = child;
      this.#identity = (await processStatus(pid)) ?? { pid, startTime: '' };
    } catch (error) {
      throw new RestartError(`cannot start ${program}: ${(error as Error).message}`, {
        manager: this.name,
        daemon: 'down',
        cause: error,
      });
    } finally {
      await log?.close().catch(() => undefined);
    }
  }

  async restart(options?: ManagerRunOptions): Promise<void> {
    await this.stop(options);
    await this.start();
  }

  /** Whether the daemon that was started has ended already. */
  hasEnded(): boolean {
    return this.#child !== undefined && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  async log(): Promise<string[]> {
    const { logFile } = this.#daemon;
    return logFile === undefined ? [] : lastLines(await tailOf(logFile));
  }
}

/** A daemon that was upgraded on disk is started from the new file, by the name under which it ran. */
function programOf({ executable, argv: [name = ''] }: ProcessImage): string {
  return executable.endsWith(' (deleted)') ? name : executable;
}

/** A program that was replaced on disk since is still the same one. */
function startsAlike(left: ProcessImage, right: ProcessImage): boolean {
  const [a, b] = [left, right].map(({ executable, argv, cwd }) =>
    JSON.stringify([executable.replace(/ \(deleted\)$/, ''), argv, cwd]),
  );
  return a === b;
}

function quote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
