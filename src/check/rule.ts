import type { CheckContext } from './check-context.ts';
import type { Args, Finding, Fix, RuleName, Severity } from './finding.ts';

/** A finding before the rule's name, severity and fix are filled in; severity and fix only where they differ. */
export type RawFinding = Partial<Omit<Finding, 'rule' | 'args'>> & { readonly args?: Args };

export interface Rule {
  readonly name: RuleName;
  readonly severity: Severity;
  readonly fix: Fix;
  /**
   * What it compares the file with. A daemon that uses the containerd image store does not read the file, so
   * what `file`, `entries` and `data-root` rules find is then no more than a warning.
   */
  readonly category: 'file' | 'entries' | 'data-root' | 'daemon' | 'required';
  /** One line, for lists of rules. */
  readonly summary: string;
  check(context: CheckContext): Iterable<RawFinding>;
}
