import { lastLines, tailOf } from '../../system/tail.ts';
import type { DaemonManager, ManagerAction, ManagerRunOptions } from '../daemon-manager.ts';
import { BaseManager } from './base-manager.ts';
import { runStep } from './run-step.ts';

/** `service` runs scripts of SysV init (Debian without systemd), `rc-service` those of OpenRC (Alpine, Gentoo). */
export type ServiceCommand = 'service' | 'rc-service';

const script = 'docker';
/** Where the scripts of Debian and of Alpine send the daemon's output. */
const logFile = '/var/log/docker.log';

/** The init script `docker`. */
export class ServiceManager extends BaseManager implements DaemonManager {
  readonly name = 'service';
  readonly mayBeActivated = false;
  readonly #command: ServiceCommand;

  constructor(command: ServiceCommand) {
    super();
    this.#command = command;
  }

  can(): boolean {
    return true;
  }

  plan(action: ManagerAction): string[] {
    return [this.#argv(action).join(' ')];
  }

  async log(): Promise<string[]> {
    return lastLines(await tailOf(logFile));
  }

  #argv(action: ManagerAction): string[] {
    return [this.#command, script, action];
  }

  protected async run(
    action: ManagerAction,
    { timeoutMs, onStopping }: ManagerRunOptions = {},
  ): Promise<void> {
    if (action !== 'start') onStopping?.();
    const argv = this.#argv(action);
    await runStep(this.name, argv.join(' '), argv, timeoutMs);
  }
}
