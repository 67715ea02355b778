export interface RestorePolicy {
  /**
   * What to do with a digest for an image that has no tag: the next prune removes such an image, digests and all.
   * Default: `refuse`.
   */
  readonly untagged?: 'refuse' | 'add' | undefined;
  /** Digests (`name@digest`, as a user writes them) that are restored though no manifest proves them. */
  readonly trust?: readonly string[] | undefined;
}
