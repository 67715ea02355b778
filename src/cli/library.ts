import { commands as table } from './commands.ts';
import type { RunOptions } from './framework/command.ts';
import type { Environment, Streams } from './framework/streams.ts';
import { runCommand } from './run.ts';

/** A command for programs that run it themselves. */
export interface RefstoreCommand {
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  /**
   * @param argv what follows the name of the command
   * @returns the exit status; errors are printed to the streams, never thrown
   */
  run(argv: readonly string[], streams: Streams, env: Environment, options?: RunOptions): Promise<number>;
}

/** All commands of refstore. They touch nothing of the process but the streams and the environment given. */
export const commands: readonly RefstoreCommand[] = table.map((entry) => ({
  name: entry.name,
  summary: entry.summary,
  run: (argv, streams, env, options) => runCommand(entry, argv, streams, env, options),
}));
