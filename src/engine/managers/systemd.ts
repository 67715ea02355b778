import type { DaemonManager, ManagerAction, ManagerRunOptions } from '../daemon-manager.ts';
import { runCommand } from '../run-command.ts';
import { lastLines } from '../tail.ts';
import { runStep } from './run-step.ts';
import { type SystemdUnit, systemctl } from './systemd-unit.ts';

/**
 * docker.service. What could wake it while it has to stay down, above all docker.socket, is stopped with it, in
 * the same transaction: systemd then lets no connection start it from the moment that the stop is queued.
 * `reset-failed` goes before each stop, so that the next start does not meet the start limit (Debian's unit:
 * three starts in a minute), and outside the time that the daemon is down.
 */
export class SystemdManager implements DaemonManager {
  readonly name = 'systemd';
  readonly mayWake = true;
  readonly #unit: SystemdUnit;

  constructor(unit: SystemdUnit) {
    this.#unit = unit;
  }

  can(): boolean {
    return true;
  }

  plan(action: ManagerAction): string[] {
    return this.#commands(action).map((argv) => argv.join(' '));
  }

  async stop(options?: ManagerRunOptions): Promise<void> {
    await this.#run('stop', options);
  }

  async start(options?: ManagerRunOptions): Promise<void> {
    await this.#run('start', options);
  }

  async restart(options?: ManagerRunOptions): Promise<void> {
    await this.#run('restart', options);
  }

  async log(): Promise<string[]> {
    const scope = this.#unit.user ? ['--user'] : [];
    const argv = ['journalctl', ...scope, '-u', this.#unit.name, '-n', '20', '--no-pager', '-o', 'cat'];
    const { status, output } = await runCommand(argv, { timeoutMs: 10_000 });
    return status === 0 ? lastLines(output) : [];
  }

  #commands(action: ManagerAction): string[][] {
    const { name, user, wakers } = this.#unit;
    const units = [...wakers, name];
    const base = systemctl(user);
    if (action === 'start') return [[...base, 'start', ...units]];
    const reset = [...base, 'reset-failed', ...units];
    // A restart leaves the socket as it is: it is open all along, and connections wait for the new daemon.
    return [reset, action === 'stop' ? [...base, 'stop', ...units] : [...base, 'restart', name]];
  }

  async #run(action: ManagerAction, { timeoutMs }: ManagerRunOptions = {}): Promise<void> {
    for (const argv of this.#commands(action)) {
      const isReset = argv.includes('reset-failed');
      // systemd refuses to reset a unit that it has not loaded: then there is nothing to reset.
      if (isReset) await runCommand(argv, { timeoutMs: 10_000 });
      else await runStep(this.name, argv.join(' '), argv, timeoutMs);
    }
  }
}
