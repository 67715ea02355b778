import { expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import type { Finding } from '../../src/check/finding.ts';
import type { RuleName } from '../../src/check/rules/index.ts';
import type { Facts } from '../../src/facts/facts.ts';

export interface RuleCase {
  /** Facts on which the rule fires, and what the finding says. */
  readonly fires: readonly (readonly [Facts, Partial<Finding>])[];
  /** Facts close to those, on which it must not. */
  readonly silent: readonly Facts[];
}

export type RuleCases = Readonly<Partial<Record<RuleName, RuleCase>>>;

export function findingsOf(facts: Facts, rule: RuleName): Finding[] {
  return checkFacts(facts).findings.filter((finding) => finding.rule === rule);
}

/** Two tests for each rule: it fires, and it stays silent. */
export function testRules(cases: RuleCases): void {
  const all = Object.entries(cases) as [RuleName, RuleCase][];
  test.each(all)('%s fires', (rule, { fires }) => {
    expect(fires.length).toBeGreaterThan(0);
    for (const [facts, wanted] of fires) expect(findingsOf(facts, rule)).toMatchObject([wanted]);
  });
  test.each(all)('%s stays silent', (rule, { silent }) => {
    expect(silent.length).toBeGreaterThan(0);
    for (const facts of silent) expect(findingsOf(facts, rule)).toEqual([]);
  });
}
