import type { Args, Location } from './define-rule.ts';
import type { RuleName } from './rules/index.ts';
import type { Fix, Severity } from './severity.ts';

/** What a rule found: data only. formatFinding makes the sentence. */
export interface Finding extends Location {
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly fix: Fix;
  readonly args: Args;
}

export type Summary = Readonly<Record<Severity, number>>;

/** What is worth knowing counts as clean. */
export function isClean(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'info');
}

/** How many findings there are of each severity. */
export function summarise(findings: readonly Finding[]): Summary {
  const summary = { fatal: 0, error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) summary[severity]++;
  return summary;
}
