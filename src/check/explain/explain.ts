import type { Advice } from '../define-rule.ts';
import { isRuleName, type RuleName, ruleOf } from '../rules/index.ts';

import type { LogLine } from './log-line.ts';
import { requestLines } from './requests.ts';
import { startingLines } from './starting.ts';
import { transportLines } from './transport.ts';

export interface Explanation {
  /** The rule that was asked for, or that stands behind the line; undefined where none does. */
  readonly rule: RuleName | undefined;
  /** What the line says, or the summary of the rule. */
  readonly says: string;
  readonly meaning: string;
  readonly cause: string;
  readonly advice: readonly Advice[];
}

/** Requests first: their words are the most particular, and a failed save names the file like a failed start. */
export const logLines: readonly LogLine[] = [...requestLines, ...startingLines, ...transportLines];

/** Of a pasted log the end counts, where the cause stands, and the beginning, where a crash does; of a line both ends. */
const maxTextLength = 16 * 1024;
const maxLineLength = 1000;

/**
 * What a rule, or a line of a log or of an answer, means, why it comes about and what to do. Needs nothing but the
 * text. Undefined for what is not known.
 */
export function explain(text: string): Explanation | undefined {
  const wanted = text.trim();
  if (isRuleName(wanted)) return explainRule(wanted);
  const isLong = wanted.length > 2 * maxTextLength;
  const ends = isLong ? `${wanted.slice(0, maxTextLength)}\n${wanted.slice(-maxTextLength)}` : wanted;
  const lines = ends.split('\n').map(shortened);
  const found = logLines.find(({ pattern, and }) =>
    lines.some((line) => pattern.test(line) && (and === undefined || and.test(line))),
  );
  if (found === undefined) return undefined;
  if ('rule' in found) return { ...explainRule(found.rule), says: found.says };
  const { says, meaning, cause, advice } = found;
  return { rule: undefined, says, meaning, cause, advice };
}

/** What happened stands at the ends of a line; between them may be a key of any length. */
function shortened(line: string): string {
  if (line.length <= 2 * maxLineLength) return line;
  return `${line.slice(0, maxLineLength)}…${line.slice(-maxLineLength)}`;
}

function explainRule(name: RuleName): Explanation {
  const { summary, meaning, cause, advice } = ruleOf(name);
  return { rule: name, says: summary, meaning, cause, advice };
}
