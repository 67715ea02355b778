import type { Finding, RuleName } from './finding.ts';
import { daemonTexts, needTexts } from './texts/daemon-and-needs.ts';
import { dataRootTexts } from './texts/data-root.ts';
import { entryTexts } from './texts/entries.ts';
import { fileTexts } from './texts/file.ts';
import { refusedTexts } from './texts/refused.ts';
import type { RuleText } from './texts/rule-text.ts';

/** What is said about each rule, in one place; rules hold none of it. */
export const ruleTexts: Readonly<Record<RuleName, RuleText>> = {
  ...refusedTexts,
  ...fileTexts,
  ...entryTexts,
  ...dataRootTexts,
  ...daemonTexts,
  ...needTexts,
};

/** One sentence for a person. Whatever comes from files is escaped for terminals. */
export function formatFinding(finding: Finding): string {
  return ruleTexts[finding.rule].message(finding);
}
