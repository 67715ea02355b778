import type { CriticalSection } from '../interrupt.ts';
import type { Globals } from './globals.ts';
import type { Options, OptionValues } from './options.ts';
import type { Output } from './output.ts';
import type { Positionals, PositionalValues } from './positionals.ts';
import type { Environment, Streams } from './streams.ts';

/** What a command may touch. Nothing else: no process.*, so that another CLI can run it. */
export interface Context {
  readonly streams: Streams;
  readonly env: Environment;
  readonly signal: AbortSignal | undefined;
  readonly critical: CriticalSection;
  readonly globals: Globals;
  readonly out: Output;
  /** How the user calls us (`refstore`, `docker refstore`), for messages that name a command. */
  readonly program: string;
  /** Name of the command. */
  readonly command: string;
}

export interface RunOptions {
  /**
   * Stops what can be stopped; a write under way is finished or undone, never left half done, and a daemon that was
   * stopped is started again. Where the reason of the abort is the name of a signal (`abort('SIGTERM')`), the exit
   * status is 128 and the signal's number.
   */
  readonly signal?: AbortSignal | undefined;
  /** @internal Says what the run is in the middle of. */
  readonly critical?: CriticalSection | undefined;
  /** How the user calls us, for help and messages; `refstore` by default. */
  readonly program?: string | undefined;
}

export interface Arguments<O extends Options, P extends Positionals> {
  readonly options: OptionValues<O>;
  readonly positionals: PositionalValues<P>;
}

export interface Example {
  /** What follows the program's name. */
  readonly line: string;
  readonly what: string;
}

/** A command as data, and the function that does it. */
export interface Command<O extends Options, P extends Positionals> {
  readonly name: string;
  /** One or more sentences for its own help. */
  readonly description: string;
  readonly options: O;
  readonly positionals: P;
  readonly examples: readonly Example[];
  /** Exit statuses that say more than "done" and "usage", for the help. */
  readonly statuses?: Readonly<Record<number, string>>;
  /** Whether an error that nobody foresaw may have met a write under way: exit status 5 instead of 2. */
  readonly writes?: boolean;
  run(args: Arguments<O, P>, context: Context): Promise<number>;
}

/** A command whose tables are not known in type: what help, completion and the parser work on. */
export type AnyCommand = Omit<Command<Options, Positionals>, 'run'> & {
  run(args: Arguments<Options, Positionals>, context: Context): Promise<number>;
};

/** Gives `run` its argument's type from the two tables. */
export function defineCommand<const O extends Options, const P extends Positionals>(
  command: Command<O, P>,
): AnyCommand {
  return command;
}
