import type { Rule } from '../rule.ts';

export const fileMissing: Rule = {
  name: 'file-missing',
  severity: 'error',
  fix: 'proof',
  category: 'file',
  summary: 'there is no repositories.json, but there are images',
  *check({ facts: { file, dataRoot, imageStore } }) {
    const images = dataRoot?.images;
    if (file.kind !== 'missing' || imageStore?.kind === 'containerd') return;
    // A data root on which nothing was ever pulled: the daemon writes the file at its first start.
    if (images?.size === 0) return;
    yield {
      args: {
        path: file.path,
        ...(images === undefined ? {} : { images: images.size }),
        leftovers: file.leftovers.map((leftover) => leftover.name),
      },
    };
  },
};
