import type { Facts } from '../facts/facts.ts';
import { CheckContext } from './check-context.ts';
import type { RawFinding } from './define-rule.ts';
import { type Finding, type Summary, summarise } from './finding.ts';
import { allRules, type ListedRule, type RuleName } from './rules/index.ts';
import { type Severity, severities } from './severity.ts';

export interface Report {
  /** Worst first; within a severity in the order of the rules, then of the file. */
  readonly findings: readonly Finding[];
  /** How many findings there are of each severity. */
  readonly summary: Summary;
  /** Of the bytes that were checked; undefined where there is no file. What a repair is planned against. */
  readonly sha256: string | undefined;
  /** What was looked at; planRepair needs it. Not for output. */
  readonly context: CheckContext;
  /** How it was made, for checking again in the same way. Not for output. */
  readonly options: CheckOptions;
}

export interface CheckOptions {
  /** Instead of a rule's own severity; `off` leaves it out. */
  readonly severities?: Readonly<Partial<Record<RuleName, Severity | 'off'>>>;
}

/** Every rule on the facts. Pure: the same facts give the same report. */
export function checkFacts(facts: Facts, options: CheckOptions = {}): Report {
  return checkContext(new CheckContext(facts), options);
}

export function checkContext(context: CheckContext, options: CheckOptions = {}): Report {
  const { severities: wanted = {} } = options;
  const findings: Finding[] = [];
  for (const rule of allRules) {
    const severity = wanted[rule.name];
    if (severity === 'off') continue;
    for (const found of rule.check(context)) findings.push(complete(rule, found, severity, context));
  }
  findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return {
    findings,
    summary: summarise(findings),
    // Only a repair and a document for programs ask for it.
    get sha256() {
      return context.sha256;
    },
    context,
    options,
  };
}

function complete(
  rule: ListedRule,
  found: RawFinding,
  wanted: Severity | undefined,
  context: CheckContext,
): Finding {
  const { severity = rule.severity, fix = rule.fix, args = {}, ...where } = found;
  return { rule: rule.name, severity: wanted ?? inEffect(rule, severity, context), fix, ...where, args };
}

/** A daemon that does not read the file is not stopped by it: what is wrong waits for the day it reads it again. */
function inEffect({ category }: ListedRule, severity: Severity, { facts }: CheckContext): Severity {
  if (facts.imageStore?.kind !== 'containerd' || category === 'daemon' || category === 'required')
    return severity;
  return severity === 'info' ? 'info' : 'warning';
}
