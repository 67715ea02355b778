import type { Advice } from '../define-rule.ts';
import type { RuleName } from '../rules/index.ts';

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
