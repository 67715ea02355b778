import type { Args, Finding, Fix, RuleName, Severity } from './finding.ts';
import type { Subject } from './subject.ts';

/** A finding before the rule's name, severity and fix are filled in; severity and fix only where they differ. */
export type Found = Partial<Omit<Finding, 'rule' | 'args'>> & { readonly args?: Args };

export interface Rule {
  readonly name: RuleName;
  readonly severity: Severity;
  readonly fix: Fix;
  /**
   * What it compares the file with. A daemon that uses the containerd image store does not read the file, so
   * what `file`, `entries` and `data-root` rules find is then no more than a warning.
   */
  readonly concerns: 'file' | 'entries' | 'data-root' | 'daemon' | 'needs';
  /** One line, for lists of rules. */
  readonly summary: string;
  check(subject: Subject): Iterable<Found>;
}
