/** An argument without a name, as data. The order of the table is the order on the command line. */
export interface Positional<Value> {
  readonly kind: 'one' | 'optional' | 'many' | 'any';
  /** As the help shows it: REF, FILE|-. */
  readonly placeholder: string;
  readonly summary: string;
  /** Never read: it only carries the type of the value. */
  readonly value?: Value;
}

export type Positionals = Readonly<Record<string, Positional<unknown>>>;

export type PositionalValues<Table extends Positionals> = {
  readonly [Name in keyof Table]: Table[Name] extends Positional<infer Value> ? Value : never;
};

export function one(placeholder: string, summary: string): Positional<string> {
  return { kind: 'one', placeholder, summary };
}

export function optional(placeholder: string, summary: string): Positional<string | undefined> {
  return { kind: 'optional', placeholder, summary };
}

/** One or more; only the last of a table may be. */
export function many(placeholder: string, summary: string): Positional<readonly string[]> {
  return { kind: 'many', placeholder, summary };
}

/** None, one or more; only the last of a table may be. */
export function any(placeholder: string, summary: string): Positional<readonly string[]> {
  return { kind: 'any', placeholder, summary };
}

/** `REF`, `[NAME]`, `REF…`, `[REF…]`: as a usage line shows it. */
export function usageOf({ kind, placeholder }: Positional<unknown>): string {
  if (kind === 'optional') return `[${placeholder}]`;
  if (kind === 'any') return `[${placeholder}…]`;
  return kind === 'many' ? `${placeholder}…` : placeholder;
}
