import type { RuleName } from '../rules/index.ts';

export interface RepairPolicy {
  /**
   * Rules whose findings may be fixed by removing the entry; of the rule that found that names were lost: by a
   * store that leaves images to the next prune. Default: none.
   */
  readonly lossy?: readonly RuleName[];
  /**
   * Which claims are put into the file. `needed` (default): those for references and images that a finding is
   * about; all of them where the file has lost its names. `all`: every claim that contradicts nothing.
   */
  readonly add?: 'needed' | 'all';
  /** What to do with a digest for an image that has no tag: a prune removes such images, digests and all. Default: `add`. */
  readonly untagged?: 'add' | 'skip';
  /** Gives each image that would be left without a name a tag of a repository reserved for that. Default: no. */
  readonly rescueTags?: boolean;
  /**
   * Answers to questions: reference, as the store keeps it → image ID. Of a tag that has to be fixed, or that a
   * damaged file may have held, any image that is here; of a digest, one of the images that something proves.
   */
  readonly answers?: ReadonlyMap<string, string>;
}
