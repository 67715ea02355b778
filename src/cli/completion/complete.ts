import { commands, commandsOf, isGroup } from '../commands.ts';
import type { AnyCommand } from '../framework/command.ts';
import { globalOptions } from '../framework/globals.ts';
import type { Option, Options } from '../framework/options.ts';

/** What stands at the cursor: what may be completed there. */
export type Slot =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** The value of an option or an argument, named as the help names it; `before` is the option's part of the word. */
  | { readonly kind: 'value'; readonly placeholder: string; readonly before: string; readonly typed: string }
  | { readonly kind: 'nothing' };

export interface Candidate {
  readonly value: string;
  readonly summary?: string;
}

/**
 * What may stand at the end of a command line.
 * @param words all that follows the program's name; the last one is the word that is being typed, perhaps empty
 */
export async function slotAt(words: readonly string[]): Promise<Slot> {
  const typed = words.at(-1) ?? '';
  const line = await readLine(words.slice(0, -1));
  if (line.awaiting !== undefined) return valueSlot(line.awaiting, '', typed);
  if (typed.startsWith('-') && !line.isPastOptions) return optionSlot(line, typed);
  if (line.command !== undefined) return argumentSlot(line.command, line.given, typed);
  return { kind: 'words', candidates: startingWith(typed, wordsFor(line.group)) };
}

interface Line {
  /** First word of a group of commands: `digests`. */
  readonly group: string | undefined;
  readonly command: AnyCommand | undefined;
  readonly options: Options;
  /** How many arguments without a name there are. */
  readonly given: number;
  /** The option whose value comes next. */
  readonly awaiting: Option<unknown> | undefined;
  readonly isPastOptions: boolean;
}

async function readLine(words: readonly string[]): Promise<Line> {
  let group: string | undefined;
  let command: AnyCommand | undefined;
  let options: Options = globalOptions;
  let given = 0;
  let isPastOptions = false;
  for (let next = 0; next < words.length; next++) {
    const word = words[next] as string;
    if (!isPastOptions && word === '--') isPastOptions = true;
    else if (!isPastOptions && word.startsWith('-')) {
      const option = optionOf(word, options);
      if (option === undefined || !takesNextWord(option) || word.includes('=')) continue;
      if (++next === words.length) return { group, command, options, given, awaiting: option, isPastOptions };
    } else if (command !== undefined) given++;
    else {
      const name = group === undefined ? word : `${group} ${word}`;
      if (group === undefined && isGroup(word)) group = word;
      else {
        command = await commands.find((entry) => entry.name === name)?.load();
        if (command === undefined)
          return { group: 'unknown', command, options: {}, given, awaiting: undefined, isPastOptions };
        options = { ...globalOptions, ...command.options };
      }
    }
  }
  return { group, command, options, given, awaiting: undefined, isPastOptions };
}

function optionOf(word: string, options: Options): Option<unknown> | undefined {
  const name = word.replace(/^--/, '').replace(/=.*$/s, '');
  if (word.startsWith('--')) return Object.hasOwn(options, name) ? options[name] : undefined;
  return Object.values(options).find(({ short }) => short !== undefined && word === `-${short}`);
}

function takesNextWord({ kind }: Option<unknown>): boolean {
  return kind === 'value' || kind === 'list';
}

function optionSlot({ options }: Line, typed: string): Slot {
  const equals = typed.indexOf('=');
  if (equals !== -1) {
    const option = optionOf(typed, options);
    if (option === undefined || option.kind === 'flag') return { kind: 'nothing' };
    return valueSlot(option, typed.slice(0, equals + 1), typed.slice(equals + 1));
  }
  const all = Object.entries(options).map(([name, { summary }]) => ({ value: `--${name}`, summary }));
  return { kind: 'words', candidates: startingWith(typed, all) };
}

function valueSlot({ choices, placeholder = '' }: Option<unknown>, before: string, typed: string): Slot {
  if (choices === undefined) return { kind: 'value', placeholder, before, typed };
  const all = choices.map((value) => ({ value: `${before}${value}` }));
  return { kind: 'words', candidates: startingWith(`${before}${typed}`, all) };
}

function argumentSlot({ positionals }: AnyCommand, given: number, typed: string): Slot {
  const table = Object.values(positionals);
  const last = table.at(-1);
  const repeats = last?.kind === 'many' || last?.kind === 'any';
  const positional = table[given] ?? (repeats ? last : undefined);
  if (positional === undefined) return { kind: 'nothing' };
  return { kind: 'value', placeholder: positional.placeholder, before: '', typed };
}

function wordsFor(group: string | undefined): readonly Candidate[] {
  if (group !== undefined) {
    return commandsOf(group).map(({ name, summary }) => ({ value: name.slice(group.length + 1), summary }));
  }
  const all = new Map<string, Candidate>();
  for (const { name, summary } of commands) {
    const [word = ''] = name.split(' ');
    const isMember = word !== name;
    all.set(
      word,
      isMember
        ? {
            value: word,
            summary: `${commandsOf(word)
              .map((one) => one.name)
              .join(', ')}`,
          }
        : { value: word, summary },
    );
  }
  all.set('help', { value: 'help', summary: 'the help of a command' });
  return [...all.values()];
}

export function startingWith(typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(typed));
}
