import type { Rule } from '../rule.ts';

export const memoryDiffers: Rule = {
  name: 'memory-differs',
  severity: 'warning',
  fix: 'none',
  category: 'daemon',
  summary: "the daemon's memory is not what the file says: a restart is pending, or an edit about to be lost",
  *check({ facts: { live } }) {
    for (const change of live?.differences ?? []) {
      const { op, repository, reference } = change;
      const imageId = op === 'remove' ? change.from : change.image;
      const args = op === 'move' ? { op, from: change.from } : { op };
      yield { repository, reference, imageId, args };
    }
  },
};

export const containerdImageStore: Rule = {
  name: 'containerd-image-store',
  severity: 'warning',
  fix: 'none',
  category: 'daemon',
  summary: 'the daemon uses the containerd image store: it neither reads nor writes the file',
  *check({ facts: { imageStore, file } }) {
    // Without an old file there is nothing that could be taken for the daemon's.
    if (imageStore?.kind === 'containerd' && file.kind !== 'missing') yield { args: { why: imageStore.why } };
  },
};
