import { RefstoreError } from '../../errors.ts';
import { runCommand } from '../../system/run-command.ts';
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

  /**
   * While the daemon runs: a shell can read the commands, and finds the program with which each begins. What a
   * command does after that cannot be known.
   */
  async refresh(): Promise<void> {
    for (const [action, command] of Object.entries(this.#commands) as [ManagerAction, string | undefined][]) {
      if (command === undefined) continue;
      const problem = await problemOf(command);
      if (problem === undefined) continue;
      throw new RefstoreError('USAGE', `the command to ${action} the daemon cannot run: ${problem}`, {
        hint: `nothing was changed; correct --${action}-command`,
        details: { command, action },
      });
    }
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

const checkMs = 10_000;
/** A first word that the shell takes as it is. */
const firstWord = /^\s*([\w./@%+,:-]+)(?=$|[\s;&|<>])/;

/** Why a command cannot run; undefined where nothing speaks against it, also where that cannot be told. */
async function problemOf(command: string): Promise<string | undefined> {
  const options = { timeoutMs: checkMs, env: process.env };
  const parsed = await runCommand(['/bin/sh', '-n', '-c', command], options);
  if (parsed.status === 2) return lastLines(parsed.output).at(-1) ?? 'the shell cannot read it';
  const word = firstWord.exec(command)?.[1];
  if (word === undefined) return undefined;
  const found = await runCommand(['/bin/sh', '-c', 'command -v -- "$1"', 'sh', word], options);
  const isMissing = found.status === 1 || found.status === 127;
  return isMissing ? `there is no program ${JSON.stringify(word)}` : undefined;
}
