import { parseArgs } from 'node:util';
import { isGroup } from '../commands.ts';
import type { Arguments } from './command.ts';
import { type Globals, globalOptions } from './globals.ts';
import type { Option, Options } from './options.ts';
import { type Positionals, usageOf } from './positionals.ts';
import { UsageError } from './usage-error.ts';

/** What the parser needs to know of a command. */
export interface Grammar {
  readonly name: string;
  readonly options: Options;
  readonly positionals: Positionals;
}

export type Parsed =
  | { readonly help: true; readonly globals: Globals }
  | { readonly help: false; readonly globals: Globals; readonly args: Arguments<Options, Positionals> };

/** A command line, cut at the name of its command. */
export interface SplitCommand {
  /** Global options. */
  readonly before: readonly string[];
  readonly name: string | undefined;
  readonly after: readonly string[];
}

/**
 * Finds the command's name: the first argument that is neither a global option nor the value of one; where that is a
 * group of commands, with the one behind it (`digests export`), as far as there is one.
 * @throws UsageError for an option before the name that is not global
 */
export async function splitCommand(argv: readonly string[]): Promise<SplitCommand> {
  const { before, name, after } = await splitWord(argv);
  if (name === undefined || !isGroup(name)) return { before, name, after };
  const inner = await splitWord(after);
  if (inner.name === undefined) return { before, name, after };
  return { before: [...before, ...inner.before], name: `${name} ${inner.name}`, after: inner.after };
}

async function splitWord(argv: readonly string[]): Promise<SplitCommand> {
  const { tokens } = tokenize(argv, globalOptions);
  const first = tokens.find((token) => token.kind === 'positional');
  const end = first?.index ?? argv.length;
  for (const token of tokens) {
    if (token.kind !== 'option' || token.index > end) continue;
    if (!Object.hasOwn(globalOptions, token.name) && token.name !== 'version') {
      throw new UsageError(
        `unknown option ${quote(token.rawName)}`,
        (await suggestion(token.name, globalOptions)) ??
          'only global options may stand before the command; see --help',
      );
    }
  }
  const before = argv.slice(0, end).filter((text) => text !== '--');
  return { before, name: argv[end], after: argv.slice(end + 1) };
}

/** @throws UsageError */
export async function parseCommand(
  grammar: Grammar,
  argv: readonly string[],
  program: string,
): Promise<Parsed> {
  const table: Options = { ...globalOptions, ...grammar.options };
  const usage = `usage: ${program} ${grammar.name}${[...Object.values(grammar.positionals)].map((one) => ` ${usageOf(one)}`).join('')}`;
  const { tokens } = tokenize(argv, table);
  const given = new Map<string, (string | undefined)[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) {
      throw new UsageError(
        `${grammar.name} has no option ${quote(token.rawName)}`,
        (await suggestion(token.name, table)) ?? `its options: ${program} ${grammar.name} --help`,
      );
    }
    checkValue(option, token);
    given.set(token.name, [...(given.get(token.name) ?? []), token.value]);
  }
  const read = (options: Options) =>
    Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        option.read(given.get(name) ?? [], `--${name}`),
      ]),
    );
  const globals = read(globalOptions) as Globals;
  if (globals.help) return { help: true, globals };
  const options = read(grammar.options);
  for (const name of given.keys()) refuseWithoutEffect(name, table[name], options);
  return {
    help: false,
    globals,
    args: { options, positionals: assign(grammar, words, usage) },
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkValue(option: Option<unknown>, token: OptionToken): void {
  if (option.kind === 'flag' && token.value !== undefined) {
    throw new UsageError(`${token.rawName} takes no value`);
  }
  if (option.kind !== 'value' && option.kind !== 'list') return;
  if (token.value === undefined) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.placeholder}`);
  }
  // What looks like an option is one that lost its place, far more often than a file of that name.
  if (token.inlineValue === false && /^-./.test(token.value)) {
    throw new UsageError(
      `${token.rawName} needs a value: ${token.rawName} ${option.placeholder}`,
      `if ${quote(token.value)} is the value, write ${token.rawName}=${token.value}`,
    );
  }
}

/** An option that is read and then left alone would be a promise that is not kept. */
function refuseWithoutEffect(
  name: string,
  option: Option<unknown> | undefined,
  options: Readonly<Record<string, unknown>>,
): void {
  const needed = option?.onlyWith;
  if (needed === undefined || needed.values.includes(String(options[needed.option]))) return;
  throw new UsageError(
    `--${name} has no effect without --${needed.option}`,
    `add ${needed.values.map((value) => `--${needed.option}=${value}`).join(' or ')}, or leave it out`,
  );
}

/** Gives the words to the positionals by their order. */
function assign(grammar: Grammar, words: readonly string[], usage: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let next = 0;
  for (const [name, positional] of Object.entries(grammar.positionals)) {
    const word = words[next];
    if (word === undefined && (positional.kind === 'one' || positional.kind === 'many')) {
      throw new UsageError(`${grammar.name} needs ${positional.placeholder}`, usage);
    }
    if (word === '') throw new UsageError(`${positional.placeholder} is empty`, usage);
    const isRest = positional.kind === 'many' || positional.kind === 'any';
    values[name] = isRest ? words.slice(next) : word;
    next = isRest ? words.length : next + 1;
  }
  const extra = words[next];
  if (extra !== undefined) throw new UsageError(`one argument too many: ${quote(extra)}`, usage);
  return values;
}

/** strict is off because node:util's own errors name neither the command nor what it would accept. */
function tokenize(argv: readonly string[], table: Options) {
  return parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(table).map(([name, { kind, short }]) => [
        name,
        {
          type: kind === 'value' || kind === 'list' ? ('string' as const) : ('boolean' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  });
}

async function suggestion(name: string, table: Options): Promise<string | undefined> {
  const { nearest } = await import('./nearest.ts');
  const near = nearest(name, Object.keys(table));
  return near === undefined ? undefined : `did you mean --${near}?`;
}

const quote = (text: string): string => JSON.stringify(text);
