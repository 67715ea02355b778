import type { AnyCommand, Context } from './command.ts';
import { type CommandEntry, commands, findCommand } from './commands.ts';
import { exitStatus } from './exit-status.ts';
import { Output } from './output.ts';
import { parseCommand, splitCommand } from './parse.ts';
import type { Environment, Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

export interface RunOptions {
  /** Stops what can be stopped; a write under way is finished or undone, never left half done. */
  readonly signal?: AbortSignal | undefined;
  /** How the user calls us, for help and messages; `refstore` by default. */
  readonly program?: string | undefined;
}

/**
 * The whole command line: what `refstore ARGS…` does.
 * @returns the exit status; errors are printed, never thrown
 */
export async function runRefstore(
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  options: RunOptions = {},
): Promise<number> {
  const program = options.program ?? 'refstore';
  return guarded(argv, streams, env, program, async () => {
    const { before, name, after } = splitCommand(argv);
    if (name === undefined || name === 'help') {
      return overview(name === 'help' ? after : argv, name !== undefined, streams, env, options);
    }
    return runCommand(await findCommand(name), [...before, ...after], streams, env, options);
  });
}

/** One command, `argv` being what follows its name (global options may be in it, too). */
export async function runCommand(
  entry: CommandEntry,
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  options: RunOptions = {},
): Promise<number> {
  const program = options.program ?? 'refstore';
  return guarded(argv, streams, env, program, async () => {
    const command = await entry.load();
    const parsed = parseCommand(command, argv, program);
    const out = new Output(streams, env, parsed.globals);
    try {
      if (parsed.help) {
        const { commandHelp } = await import('./help.ts');
        await out.print(commandHelp(command, program, out));
        return exitStatus.done;
      }
      const { globals } = parsed;
      const context: Context = {
        streams,
        env,
        signal: options.signal,
        globals,
        out,
        program,
        command: command.name,
      };
      return await finish(command, context, await attempt(command, parsed.args, context));
    } finally {
      out.close();
    }
  });
}

async function attempt(
  command: AnyCommand,
  args: Parameters<AnyCommand['run']>[0],
  context: Context,
): Promise<number> {
  try {
    return await command.run(args, context);
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    return reportError(error, context.out, { program: context.program, writes: command.writes ?? false });
  }
}

/** A result that could not be printed is a failure, unless its reader only went away (`| head`). */
async function finish(command: AnyCommand, { out, program }: Context, status: number): Promise<number> {
  const failure = out.failure as NodeJS.ErrnoException | undefined;
  if (failure === undefined || failure.code === 'EPIPE') return status;
  await out.warn(`${program}: the result could not be printed: ${failure.message}`);
  // What a writer wrote stands, and its status has to say so.
  return status === exitStatus.done && command.writes !== true ? exitStatus.notWritten : status;
}

async function overview(
  argv: readonly string[],
  help: boolean,
  streams: Streams,
  env: Environment,
  options: RunOptions,
): Promise<number> {
  const program = options.program ?? 'refstore';
  const [topic] = argv;
  if (help && topic !== undefined && !topic.startsWith('-')) {
    return runCommand(await findCommand(topic), ['--help'], streams, env, options);
  }
  const out = new Output(streams, env, { json: false, quiet: false, verbose: false, color: undefined });
  try {
    if (!help && argv.includes('--version')) {
      const { version } = await import('../version.ts');
      await out.print(`${version}\n`);
      return exitStatus.done;
    }
    const { mainHelp } = await import('./help.ts');
    if (help || argv.includes('--help') || argv.includes('-h')) {
      await out.print(mainHelp(commands, program, out.columns, out.colours));
      return exitStatus.done;
    }
  } finally {
    out.close();
  }
  throw new UsageError('which command?', `${program} --help lists them`);
}

/** Turns usage errors, which come before there is an Output, into a message and a status. */
async function guarded(
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  program: string,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    const out = new Output(streams, env, {
      json: argv.includes('--json'),
      quiet: false,
      verbose: argv.includes('--verbose'),
      color: undefined,
    });
    try {
      return await reportError(error, out, { program });
    } finally {
      out.close();
    }
  }
}
