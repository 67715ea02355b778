import { systemctl } from '../../dataroot/systemd.ts';
import { RefstoreError } from '../../errors.ts';
import { runCommand } from '../../system/run-command.ts';
import { askProgram } from '../../system/system-program.ts';
import { lastLines } from '../../system/tail.ts';
import type { DaemonManager, ManagerAction, ManagerRunOptions } from '../daemon-manager.ts';
import { RestartError } from '../restart-error.ts';
import { BaseManager } from './base-manager.ts';
import { runStep } from './run-step.ts';
import { readSystemdUnit, type SystemdUnit } from './systemd-unit.ts';

/**
 * docker.service. What could wake it while it has to stay down, above all docker.socket, is stopped with it, in
 * the same transaction: systemd then lets no connection start it from the moment that the stop is queued.
 * `reset-failed` goes before each stop, so that the next start does not meet the start limit (Debian's unit:
 * three starts in a minute), and outside the time that the daemon is down.
 */
export class SystemdManager extends BaseManager implements DaemonManager {
  readonly name = 'systemd';
  readonly mayBeActivated = true;
  readonly #unit: SystemdUnit;

  constructor(unit: SystemdUnit) {
    super();
    this.#unit = unit;
  }

  can(): boolean {
    return true;
  }

  plan(action: ManagerAction): string[] {
    const { prepare, act } = this.#commands(action);
    return [prepare, act].flatMap((argv) => argv?.join(' ') ?? []);
  }

  /** While the daemon runs: systemd would start it again. */
  async refresh(): Promise<void> {
    const { name, user } = this.#unit;
    const { masked } = (await readSystemdUnit(name, user)) ?? this.#unit;
    if (masked.length === 0) return;
    const units = masked.join(' ');
    throw new RefstoreError('USAGE', `systemd cannot start ${name}: ${masked.join(' and ')} is masked`, {
      hint: `nothing was changed; ${[...systemctl(user), 'unmask', '--', units].join(' ')}`,
      details: { unit: name, masked },
    });
  }

  /** What the unit's processes wrote to the journal, without what systemd itself says about the unit. */
  async log(): Promise<string[]> {
    const { name, user } = this.#unit;
    const match = user ? ['--user', `_SYSTEMD_USER_UNIT=${name}`] : [`_SYSTEMD_UNIT=${name}`];
    const argv = ['journalctl', ...match, '-n', '20', '--no-pager', '-o', 'cat'];
    const { status, output } = await askProgram(argv, { timeoutMs: 10_000 });
    return status === 0 ? lastLines(output) : [];
  }

  #commands(action: ManagerAction): { prepare: string[] | undefined; act: string[] } {
    const { name, user, triggeredBy } = this.#unit;
    const units = [...triggeredBy, name];
    const base = systemctl(user);
    if (action === 'start') return { prepare: undefined, act: [...base, 'start', '--', ...units] };
    const prepare = [...base, 'reset-failed', '--', ...units];
    // A restart leaves the socket as it is: it is open all along, and connections wait for the new daemon.
    return {
      prepare,
      act: [...base, ...(action === 'stop' ? ['stop', '--', ...units] : ['restart', '--', name])],
    };
  }

  protected async run(
    action: ManagerAction,
    { timeoutMs, onStopping }: ManagerRunOptions = {},
  ): Promise<void> {
    const { prepare, act } = this.#commands(action);
    // systemd refuses to reset a unit that it has not loaded: then there is nothing to reset.
    if (prepare !== undefined) await runCommand(prepare, { timeoutMs: 10_000 });
    if (action !== 'start') onStopping?.();
    const command = act.join(' ');
    try {
      await runStep(this.name, command, act, timeoutMs);
    } catch (error) {
      throw (await this.#explained(command, error)) ?? error;
    }
  }

  /** When it was the daemon that failed, and not systemctl: the daemon's own last words. */
  async #explained(command: string, error: unknown): Promise<RestartError | undefined> {
    if (!(error instanceof RestartError) || !error.log.some((line) => line.startsWith('Job for '))) {
      return undefined;
    }
    const log = await this.log();
    if (log.length === 0) return undefined;
    const message = `${JSON.stringify(command)} failed, as the daemon did not start; its last word: ${log.at(-1)}`;
    return new RestartError(message, {
      manager: this.name,
      daemon: error.daemon,
      log,
      cause: error,
    });
  }
}
