import type { RuleName } from '../finding.ts';

export interface RepairPolicy {
  /**
   * Rules whose findings may be mended by removing the entry; of a file from which nothing could be saved: by an
   * empty store. Default: none.
   */
  readonly lossy?: readonly RuleName[];
  /**
   * Which claims are put into the file. `needed` (default): those for references and images that a finding is
   * about; all of them where the file has lost its names. `all`: every claim that contradicts nothing.
   */
  readonly add?: 'needed' | 'all';
  /** What to do with a digest for an image that has no tag: a prune removes such images, digests and all. Default: `add`. */
  readonly untagged?: 'add' | 'skip';
  /** Answers to questions: reference → the image ID that was chosen among the candidates. */
  readonly answers?: ReadonlyMap<string, string>;
}
