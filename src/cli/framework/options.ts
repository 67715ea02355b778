import { UsageError } from './usage-error.ts';

/**
 * An option of a command, as data: the parser, the help, the completion and the README's table read it.
 * - `flag`: there or not
 * - `value`: one value; the last one counts
 * - `list`: may be given several times
 * - `optional`: `--name` alone, or `--name=VALUE` in one word
 */
export interface Option<Value> {
  readonly kind: 'flag' | 'value' | 'list' | 'optional';
  readonly summary: string;
  readonly short?: string;
  /** What stands for the value in the help: DIR, SECONDS, one|two. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** The option without which this one has no effect, and the values of that which give it one. */
  readonly onlyWith?: { readonly option: string; readonly values: readonly string[] };
  /**
   * The value, from the texts given on the command line in order (undefined: without a value).
   * @throws UsageError
   */
  read(texts: readonly (string | undefined)[], name: string): Value;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export type OptionValues<Table extends Options> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

export function flag(summary: string, { short }: { short?: string } = {}): Option<boolean> {
  return {
    kind: 'flag',
    summary,
    ...(short === undefined ? {} : { short }),
    read: (texts) => texts.length > 0,
  };
}

export function text(placeholder: string, summary: string): Option<string | undefined> {
  return { kind: 'value', placeholder, summary, read: (texts, name) => nonEmpty(texts.at(-1), name) };
}

export function list(placeholder: string, summary: string): Option<readonly string[]> {
  return {
    kind: 'list',
    placeholder,
    summary,
    read: (texts, name) => texts.flatMap((value) => nonEmpty(value, name) ?? []),
  };
}

export function choice<const Choice extends string>(
  choices: readonly Choice[],
  summary: string,
): Option<Choice | undefined> {
  return {
    kind: 'value',
    placeholder: choices.join('|'),
    choices,
    summary,
    read: (texts, name) => oneOf(choices, texts.at(-1), name),
  };
}

/** `--name` alone means `alone`. */
export function optionalChoice<const Choice extends string>(
  choices: readonly Choice[],
  alone: Choice,
  summary: string,
): Option<Choice | undefined> {
  return {
    kind: 'optional',
    placeholder: choices.join('|'),
    choices,
    summary,
    read: (texts, name) => (texts.length === 0 ? undefined : (oneOf(choices, texts.at(-1), name) ?? alone)),
  };
}

/** The same options, which have no effect without another one. */
export function onlyWith<Table extends Options>(
  needed: Option<unknown>['onlyWith'] & {},
  table: Table,
): Table {
  const entries = Object.entries(table).map(([name, option]) => [name, { ...option, onlyWith: needed }]);
  return Object.fromEntries(entries) as Table;
}

const maxWait = 86_400;

/** Seconds on the command line, milliseconds in the program. */
export function seconds(summary: string): Option<number | undefined> {
  return {
    kind: 'value',
    placeholder: 'SECONDS',
    summary,
    read: (texts, name) => {
      const value = texts.at(-1);
      if (value === undefined) return undefined;
      if (!/^\d{1,5}(?:\.\d{1,3})?$/.test(value) || Number(value) > maxWait) {
        throw new UsageError(
          `${name} needs a number of seconds from 0 to ${maxWait}, not ${JSON.stringify(value)}`,
        );
      }
      return Number(value) * 1000;
    },
  };
}

/** A whole number from 1. */
export function count(placeholder: string, summary: string): Option<number | undefined> {
  return {
    kind: 'value',
    placeholder,
    summary,
    read: (texts, name) => {
      const value = texts.at(-1);
      if (value === undefined) return undefined;
      if (!/^[1-9]\d{0,5}$/.test(value)) {
        throw new UsageError(`${name} needs a whole number from 1 to 999999, not ${JSON.stringify(value)}`);
      }
      return Number(value);
    },
  };
}

function nonEmpty(value: string | undefined, name: string): string | undefined {
  if (value === '') throw new UsageError(`the value of ${name} is empty`);
  return value;
}

function oneOf<Choice extends string>(
  choices: readonly Choice[],
  value: string | undefined,
  name: string,
): Choice | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((one) => one === value);
  if (found === undefined) {
    throw new UsageError(
      `${name} must be ${choices.length === 1 ? choices[0] : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`}, not ${JSON.stringify(value)}`,
    );
  }
  return found;
}
