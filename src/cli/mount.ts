import { handleInterrupts, type Interrupts } from './bin/handle-interrupts.ts';
import { processContext } from './bin/process-context.ts';
import { type CommandEntry, commands, commandsOf } from './commands.ts';
import type { Environment, Streams } from './framework/streams.ts';
import { CriticalSection } from './interrupt.ts';
import { runCommand } from './run.ts';

/** What mountCommands uses of a commander Command (versions 8 and later). */
export interface CommanderLike {
  name(): string;
  command(name: string): CommanderLike;
  description(text: string): CommanderLike;
  argument(name: string): CommanderLike;
  helpOption(enabled: false): CommanderLike;
  configureHelp(configuration: { formatHelp: () => string }): CommanderLike;
  allowUnknownOption(): CommanderLike;
  enablePositionalOptions(): CommanderLike;
  passThroughOptions(): CommanderLike;
  action(work: (args: string[]) => Promise<void>): CommanderLike;
  readonly parent: CommanderLike | null;
}

export interface MountOptions {
  /** Default: those of this process. */
  readonly streams?: Streams | undefined;
  readonly env?: Environment | undefined;
  /** Default: SIGINT, SIGTERM and SIGHUP of this process interrupt a command, as they do the refstore command. */
  readonly signal?: AbortSignal | undefined;
  /** What becomes of a command's status. Default: it is the exit status of this process. */
  readonly onStatus?: ((status: number, command: string) => void) | undefined;
  /** Which commands; all by default. */
  readonly filter?: ((command: CommandEntry) => boolean) | undefined;
}

/**
 * Adds our commands to a commander program, or to one of its commands. What follows the name of one of ours
 * belongs to it, options too, and is read by us: so the programs above are told to take only the options that
 * stand before the name of a command (commander's enablePositionalOptions).
 */
export function mountCommands(program: CommanderLike, options: MountOptions = {}): void {
  for (let above: CommanderLike | null = program; above !== null; above = above.parent) {
    above.enablePositionalOptions();
  }
  const groups = new Map<string, CommanderLike>();
  for (const entry of commands) {
    if (options.filter?.(entry) === false) continue;
    const words = entry.name.split(' ');
    const name = words.pop() ?? entry.name;
    parentOf(words, program, groups)
      .command(name)
      .description(entry.summary)
      .argument('[arguments...]')
      .helpOption(false)
      // For commander's own `help NAME`, which cannot wait until a command's page is loaded.
      .configureHelp({ formatHelp: () => shortHelp(entry, pathTo(program)) })
      .allowUnknownOption()
      .passThroughOptions()
      .action((args) => run(entry, args, pathTo(program), options));
  }
}

/** The program, or for a command of a group the command that stands for the group there. */
function parentOf(
  [group]: readonly string[],
  program: CommanderLike,
  groups: Map<string, CommanderLike>,
): CommanderLike {
  if (group === undefined) return program;
  const made = groups.get(group);
  if (made !== undefined) return made;
  const members = commandsOf(group).map(({ name }) => name.slice(group.length + 1));
  const parent = program.command(group).description(members.join(', ')).enablePositionalOptions();
  groups.set(group, parent);
  return parent;
}

async function run(
  entry: CommandEntry,
  args: readonly string[],
  program: string,
  options: MountOptions,
): Promise<void> {
  const own = processContext();
  const { streams = own.streams, env = own.env, onStatus = own.setStatus } = options;
  const critical = new CriticalSection();
  const interrupts = options.signal === undefined ? interruptsOfProcess(critical) : undefined;
  try {
    const { signal = interrupts?.signal } = options;
    onStatus(await runCommand(entry, args, streams, env, { signal, critical, program }), entry.name);
  } finally {
    interrupts?.release();
  }
}

/** Who asks twice, while Docker is not down, gets what the signal does without us. */
function interruptsOfProcess(critical: CriticalSection): Interrupts {
  const interrupts = handleInterrupts((name) => {
    if (critical.step !== undefined) return;
    interrupts.release();
    process.kill(process.pid, name);
  });
  return interrupts;
}

function shortHelp({ name, summary }: CommandEntry, program: string): string {
  return `${program} ${name}: ${summary}\n\nIts options: ${program} ${name} --help\n`;
}

/** `tool images`, as a user types it before the name of a command. */
function pathTo(program: CommanderLike): string {
  const { parent } = program;
  return parent === null ? program.name() : `${pathTo(parent)} ${program.name()}`;
}
