import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type InterruptSignal, interruptSignals } from '../interrupt.ts';
import { closeLostTerminals } from './lost-terminal.ts';
import { socketVariable } from './plugin-socket.ts';

/** Set for the process that does the work. */
const workerVariable = 'DOCKER_REFSTORE_WORKER';

/**
 * At its third signal the docker CLI kills its plugin by SIGKILL, unless its output is a terminal (docker/cli v28.5.2
 * cmd/docker/docker.go, tryPluginRun), and Docker may be down then. So a command line that may stop Docker is
 * carried out by a process of which the docker CLI does not know, in a session of its own.
 */
export function mustOutliveDocker(args: readonly string[]): boolean {
  if (!process.env[socketVariable] || process.env[workerVariable] !== undefined) return false;
  return !process.stdout.isTTY && args.some((word) => /^(?:--)?restart(?:=|$)/.test(word));
}

/** Runs this very command line in the other process, which gets our signals from us; ends with its status. */
export async function outliveDocker(): Promise<void> {
  closeLostTerminals();
  const [script = '', ...args] = process.argv.slice(1);
  const worker = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: 'inherit',
    detached: true,
    env: { ...process.env, [workerVariable]: '1' },
  });
  const names = Object.keys(interruptSignals) as InterruptSignal[];
  for (const name of names) process.on(name, () => worker.kill(name));
  const [status, signal] = (await once(worker, 'exit')) as [number | null, InterruptSignal | null];
  process.exitCode = status ?? 128 + (signal === null ? 0 : (interruptSignals[signal] ?? 9));
}
