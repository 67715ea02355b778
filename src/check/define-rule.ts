import type { Place } from '../repositories/place.ts';
import type { CheckContext } from './check-context.ts';
import type { Fix, Severity } from './severity.ts';

export type Args = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
/** Of a rule whose findings say nothing but where they are. */
export type NoArgs = Readonly<Record<never, never>>;

/**
 * What a rule compares the file with. A daemon that uses the containerd image store does not read the file, so what
 * rules of `file`, `entries` and `data-root` find is then no more than a warning.
 */
export type Category = 'file' | 'entries' | 'data-root' | 'daemon' | 'required';

/** Where a finding is. */
export interface Location {
  /** The repository, as it stands in the file. */
  readonly repository?: string;
  /** The key, as it stands in the file; for findings that are not about an entry, the reference in question. */
  readonly reference?: string;
  readonly imageId?: string;
  /** Where in the file; offset in bytes, line and column from 1. */
  readonly at?: Place;
}

/** What a rule gives: severity and fix only where they differ from the rule's own. */
export type RawFinding<A extends Args = Args> = Location & {
  readonly severity?: Severity;
  readonly fix?: Fix;
} & (NoArgs extends A ? { readonly args?: A } : { readonly args: A });

/** A finding, as its rule's message reads it. */
export interface RuleFinding<A extends Args> extends Location {
  readonly args: A;
}

/** What to do, and the command that does it where there is one. */
export interface Advice {
  readonly text: string;
  /** To be typed as it stands; words in capitals are to be replaced. */
  readonly command?: string;
}

/** A line of the daemon's log, or of an answer, that means what the rule finds. */
export interface LogPattern {
  readonly pattern: RegExp;
  /** Has to be found in the same line as well. */
  readonly and?: RegExp;
  /** What the line says, in one sentence. */
  readonly says: string;
}

export interface RuleDefinition<A extends Args> {
  /** Stable: it is in the JSON output, in --severity RULE=LEVEL and --lossy RULE, and in scripts. */
  readonly name: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly fix: Fix;
  /** One line, for lists of rules. */
  readonly summary: string;
  /** What it finds. Pure: the same facts give the same findings. */
  check(context: CheckContext): Iterable<RawFinding<A>>;
  /** One sentence, without a full stop: what was found, where, and what it does. Texts from files are escaped. */
  message(finding: RuleFinding<A>): string;
  /** For `explain`: what it means for the host. */
  readonly meaning: string;
  /** How it usually comes about. */
  readonly cause: string;
  readonly advice: readonly Advice[];
  readonly logPatterns?: readonly LogPattern[];
}

/** A rule whose arguments only it knows itself. */
export type Rule = RuleDefinition<Args>;

/**
 * Holds the messages of a rule to the arguments that its findings have: a misspelt one does not compile.
 * The list of rules, in rules/index.ts, says nothing of arguments; a rule only ever reads its own findings.
 */
export function defineRule<A extends Args = NoArgs>(definition: RuleDefinition<A>): Rule {
  return definition as unknown as Rule;
}
