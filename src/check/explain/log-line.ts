import type { RuleName } from '../finding.ts';
import type { Advice } from '../texts/rule-text.ts';

/**
 * A line that Docker, or a tool beside it, writes, in every wording that is known. Either it is the voice of a
 * rule, whose text then explains it, or it brings its own.
 */
export type LogLine = {
  readonly pattern: RegExp;
  /** Has to be found in the same line as well. */
  readonly and?: RegExp;
  /** What the line says, in one sentence. */
  readonly says: string;
} & (
  | { readonly rule: RuleName }
  | { readonly meaning: string; readonly cause: string; readonly advice: readonly Advice[] }
);
