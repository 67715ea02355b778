import { commands } from './commands.ts';
import type { RunOptions } from './framework/command.ts';
import { exitStatus } from './framework/exit-status.ts';
import { mainHelp } from './framework/help.ts';
import { Output } from './framework/output.ts';
import type { Environment, Streams } from './framework/streams.ts';
import { UsageError } from './framework/usage-error.ts';

/**
 * What is asked without a command: --version, --help.
 * @throws UsageError for anything else
 */
export async function overview(
  argv: readonly string[],
  streams: Streams,
  env: Environment,
  { program = 'refstore' }: RunOptions,
): Promise<number> {
  const out = new Output(streams, env, { json: false, quiet: false, verbose: false, color: undefined });
  try {
    if (argv.includes('--version')) {
      const { version } = await import('../version.ts');
      await out.print(`${version}\n`);
    } else if (argv.includes('--help') || argv.includes('-h')) {
      await out.print(mainHelp(commands, program, out.columns, out.colours));
    } else throw new UsageError('which command?', `${program} --help lists them`);
    return exitStatus.done;
  } finally {
    out.close();
  }
}
