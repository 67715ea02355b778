import type { Finding } from './finding.ts';
import { ruleOf } from './rules/index.ts';

/** One sentence for a person. Whatever comes from files is escaped for terminals. */
export function formatFinding(finding: Finding): string {
  return ruleOf(finding.rule).message(finding);
}
