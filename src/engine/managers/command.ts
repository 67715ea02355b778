import { RefstoreError } from '../../errors.ts';
import { lastLines } from '../../system/tail.ts';
import type { DaemonManager, ManagerAction, ManagerCommands, ManagerRunOptions } from '../daemon-manager.ts';
import { BaseManager } from './base-manager.ts';
import { runStep } from './run-step.ts';

/** The operator's own commands, run by `sh -c` as they were written. */
export class CommandManager extends BaseManager implements DaemonManager {
  readonly name = 'command';
  readonly mayBeActivated = false;
  readonly #commands: ManagerCommands;
  #log: string[] = [];

  constructor(commands: ManagerCommands) {
    super();
    this.#commands = commands;
  }

  can(action: ManagerAction): boolean {
    const { stop, start, restart } = this.#commands;
    if (action === 'restart') return restart !== undefined || (stop !== undefined && start !== undefined);
    return (action === 'stop' ? stop : start) !== undefined;
  }

  plan(action: ManagerAction): string[] {
    const { stop, start, restart } = this.#commands;
    if (action === 'restart')
      return [restart ?? [this.#given('stop', stop), this.#given('start', start)]].flat();
    return [this.#given(action, action === 'stop' ? stop : start)];
  }

  /** What the last command wrote: where the daemon itself logs, only the operator knows. */
  async log(): Promise<string[]> {
    return this.#log;
  }

  #given(action: ManagerAction, command: string | undefined): string {
    if (command !== undefined) return command;
    throw new RefstoreError('USAGE', `there is no command to ${action} the daemon`, {
      hint: `give it: --${action}-command CMD`,
    });
  }

  protected async run(
    action: ManagerAction,
    { timeoutMs, onStopping }: ManagerRunOptions = {},
  ): Promise<void> {
    const commands = this.plan(action);
    if (action !== 'start') onStopping?.();
    for (const command of commands) {
      // With the operator's own environment: it is the operator's command, and may name what is in there.
      const argv = ['/bin/sh', '-c', command];
      const { output } = await runStep(this.name, command, argv, timeoutMs, process.env);
      this.#log = lastLines(output);
    }
  }
}
