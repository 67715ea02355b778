import type { CommandEntry } from '../commands.ts';
import type { Colours } from './colours.ts';
import type { AnyCommand, Example } from './command.ts';
import { statusMeanings } from './exit-status.ts';
import { globalOptions } from './globals.ts';
import type { Option, Options } from './options.ts';
import type { Output } from './output.ts';
import { usageOf } from './positionals.ts';
import { wrap } from './wrap.ts';

const widest = 100;
const usual = 80;
const narrowest = 40;

const groupTitles: Readonly<Record<CommandEntry['group'], string>> = {
  look: 'Read only:',
  change: 'Change the store:',
  daemon: 'The daemon:',
};

const versionRow = ['--version', 'the version of refstore'] as const;

const firstSteps: readonly Example[] = [
  { line: 'status', what: 'where the store is, and whether the daemon knows what is in it' },
  { line: 'check', what: 'whether the store is valid' },
  {
    line: 'patch --restart digest.json',
    what: 'give an image its digest back, and restart the daemon with it',
  },
];

/** `refstore --help` */
export function mainHelp(
  commands: readonly CommandEntry[],
  program: string,
  columns: number | undefined,
  colours: Colours,
): string {
  const width = widthFor(columns);
  const lines = [
    ...wrap(
      "Reads, compares, checks and patches Docker's reference store (repositories.json): atomically, under a lock, and verified with the daemon.",
      width,
    ),
    '',
    `Usage: ${program} COMMAND [OPTIONS] …`,
    `       ${program} COMMAND --help`,
  ];
  for (const [group, title] of Object.entries(groupTitles)) {
    const members = commands.filter((command) => command.group === group);
    if (members.length === 0) continue;
    lines.push('', colours.bold(title));
    lines.push(
      ...definitions(
        members.map(({ name, summary }) => [name, summary]),
        width,
        colours,
      ),
    );
  }
  lines.push('', colours.bold('Options of every command:'));
  lines.push(...definitions([...optionRows(globalOptions), versionRow], width, colours));
  lines.push('', colours.bold('Exit status:'));
  lines.push(...definitions(Object.entries(statusMeanings), width, colours));
  lines.push('', colours.bold('Examples:'));
  for (const example of firstSteps) lines.push(...exampleLines(example, program, width, colours));
  return `${lines.join('\n')}\n`;
}

/** `refstore COMMAND --help` */
export function commandHelp(
  command: AnyCommand,
  program: string,
  { columns, colours }: Pick<Output, 'columns' | 'colours'>,
): string {
  const width = widthFor(columns);
  const section = (title: string, rows: readonly (readonly [string, string])[]): string[] =>
    rows.length === 0 ? [] : ['', colours.bold(title), ...definitions(rows, width, colours)];
  const lines = [
    `Usage: ${usageLine(command, program)}`,
    '',
    ...wrap(command.description, width),
    ...section(
      'Arguments:',
      Object.values(command.positionals).map((one) => [one.placeholder, one.summary]),
    ),
    ...section('Options:', optionRows(command.options)),
    ...section('Options of every command:', optionRows(globalOptions)),
    ...section(
      'Exit status:',
      Object.entries({ 0: statusMeanings[0] as string, ...command.statuses, 2: statusMeanings[2] as string }),
    ),
  ];
  if (command.examples.length > 0) lines.push('', colours.bold('Examples:'));
  for (const example of command.examples) lines.push(...exampleLines(example, program, width, colours));
  return `${lines.join('\n')}\n`;
}

function exampleLines({ line, what }: Example, program: string, width: number, { dim }: Colours): string[] {
  return [...wrap(what, width - 4).map((text) => dim(`  # ${text}`)), `  ${program} ${line}`];
}

/** `refstore tag [OPTIONS] IMAGE|REF REF` */
export function usageLine(command: AnyCommand, program: string): string {
  return [
    program,
    command.name,
    ...(Object.keys(command.options).length > 0 ? ['[OPTIONS]'] : []),
    ...Object.values(command.positionals).map(usageOf),
  ].join(' ');
}

/** `-q, --quiet`, `--file FILE`, `--restart[=stop-start|restart|none]` */
export function optionLabel(name: string, { kind, short, placeholder }: Option<unknown>): string {
  const label = `${short === undefined ? '' : `-${short}, `}--${name}`;
  if (kind === 'flag') return label;
  return kind === 'optional' ? `${label}[=${placeholder}]` : `${label} ${placeholder}`;
}

function optionRows(options: Options): [string, string][] {
  return Object.entries(options).map(([name, option]) => [
    optionLabel(name, option),
    option.kind === 'list' ? `${option.summary} (may be given several times)` : option.summary,
  ]);
}

/** Two columns where both find room, else each term on a line of its own with its text below. */
function definitions(
  rows: readonly (readonly [string, string])[],
  width: number,
  { cyan }: Colours,
): string[] {
  // One long term must not push every text to the right: those that are too long break their line.
  const left = Math.min(Math.max(...rows.map(([term]) => term.length)), 24);
  const room = width - left - 4;
  if (room < 30) {
    return rows.flatMap(([term, text]) => [
      `  ${cyan(term)}`,
      ...wrap(text, width - 6).map((line) => `      ${line}`),
    ]);
  }
  return rows.flatMap(([term, text]) => {
    const [first = '', ...rest] = wrap(text, room);
    const indent = ' '.repeat(left + 4);
    const more = rest.map((line) => indent + line);
    return term.length > left
      ? [`  ${cyan(term)}`, indent + first, ...more]
      : [`  ${cyan(term)}${' '.repeat(left - term.length)}  ${first}`, ...more];
  });
}

function widthFor(columns: number | undefined): number {
  return Math.max(narrowest, Math.min(columns ?? usual, widest));
}
