import type { Claim } from '../../facts/claim.ts';
import type { Change } from '../../repositories/change.ts';
import type { RuleName } from '../rules/index.ts';

/** One change of the patch, and why. */
export interface Step {
  readonly change: Change;
  /** The rule whose finding it fixes; undefined for a claim that was added because everything was asked for. */
  readonly rule: RuleName | undefined;
  /**
   * `rename`: the entry is put where the daemon looks · `claim`: a claim says so · `choice`: the user says so ·
   * `rescue`: the image has no other tag · `remove`: it loses the entry.
   */
  readonly why: 'rename' | 'claim' | 'choice' | 'rescue' | 'remove';
  readonly claim?: Claim;
}

/** Why an entry changes. */
export type Reason = Omit<Step, 'change'>;

/** Claims, or entries of the file, that name different images for one reference. RepairPolicy.answers decides. */
export interface Question {
  readonly reference: string;
  readonly claims: readonly Claim[];
}
