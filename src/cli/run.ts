import { type CommandEntry, commandsOf, findCommand, isGroup } from './commands.ts';
import type { Context, RunOptions } from './framework/command.ts';
import { Output } from './framework/output.ts';
import { parseCommand, splitCommand } from './framework/parse.ts';
import type { Environment, Streams } from './framework/streams.ts';
import { CriticalSection, interruptMessage, statusAfterInterrupt } from './interrupt.ts';
import { recoverInterrupted } from './recover-live.ts';

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
  return reporting(argv, streams, env, options, async () => {
    if (argv[0] === '__complete') {
      const { runComplete } = await import('./completion/run-complete.ts');
      return runComplete(argv.slice(1), streams, env, options);
    }
    const { before, name, after } = await splitCommand(argv);
    if (name === 'help' && after[0] !== undefined) return helpOn(after, streams, env, options);
    if (name === undefined || name === 'help') {
      const { overview } = await import('./overview.ts');
      return overview(name === 'help' ? ['--help'] : argv, streams, env, options);
    }
    if (isGroup(name) && isHelpAsked([...before, ...after])) return helpOn([name], streams, env, options);
    return runCommand(await findCommand(name), [...before, ...after], streams, env, options);
  });
}

/** `help NAME`, and `NAME --help` where that is a group of commands: then that of each. */
async function helpOn(
  words: readonly string[],
  streams: Streams,
  env: Environment,
  options: RunOptions,
): Promise<number> {
  const { name = '' } = await splitCommand(words);
  const entries = isGroup(name) ? commandsOf(name) : [await findCommand(name)];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) streams.stdout.write('\n');
    await runCommand(entry, ['--help'], streams, env, options);
  }
  return 0;
}

function isHelpAsked(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/**
 * One command, `argv` being what follows its name (global options may be in it, too).
 * @returns the exit status; errors are printed, never thrown
 */
export async function runCommand(
  entry: CommandEntry,
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  options: RunOptions = {},
): Promise<number> {
  return reporting(argv, streams, env, options, async () => {
    const { program = 'refstore', signal, critical = new CriticalSection() } = options;
    const command = await entry.load();
    const parsed = await parseCommand(command, argv, program);
    const { globals } = parsed;
    const out = new Output(streams, env, globals);
    const context: Context = { streams, env, signal, critical, globals, out, program, command: command.name };
    const sayInterrupted = () => void (signal && out.warn(interruptMessage(signal, critical)));
    signal?.addEventListener('abort', sayInterrupted, { once: true });
    try {
      if (parsed.help) {
        const { commandHelp } = await import('./framework/help.ts');
        await out.print(commandHelp(command, program, out));
        return 0;
      }
      // status says what is left of a live change that was killed, so it leaves it.
      if (command.name !== 'status') await recoverInterrupted(context);
      const status = await command.run(parsed.args, context);
      if (out.failure === undefined) return status;
      const { reportUnprinted } = await import('./framework/report-error.ts');
      return await reportUnprinted(out.failure, status, context, command);
    } catch (error) {
      const { reportError } = await import('./framework/report-error.ts');
      return await reportError(error, out, { program, writes: command.writes ?? false });
    } finally {
      signal?.removeEventListener('abort', sayInterrupted);
      out.close();
    }
  });
}

/** For what is wrong with the command line itself: there is no Output yet that it could be told to. */
async function reporting(
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  { program = 'refstore', signal }: RunOptions,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return statusAfterInterrupt(await work(), signal);
  } catch (error) {
    const { reportError } = await import('./framework/report-error.ts');
    const out = new Output(streams, env, {
      json: argv.includes('--json'),
      quiet: false,
      verbose: argv.includes('--verbose'),
      color: argv.includes('--color=never') ? 'never' : undefined,
    });
    try {
      return await reportError(error, out, { program });
    } finally {
      out.close();
    }
  }
}
