import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';

type Args = {
  /** `containerd`, or the graph driver. */
  readonly store: string;
  readonly images: number;
  readonly containers: number;
};

export const unusedImageStore = defineRule<Args>({
  name: 'unused-image-store',
  category: 'daemon',
  severity: 'info',
  fix: 'none',
  summary: 'the image store that is not in use holds images or containers',
  *check({ facts: { imageStore, containerdRecords = [], dataRoot } }) {
    if (imageStore === undefined) return;
    if (imageStore.kind === 'graphdriver') {
      if (containerdRecords.length === 0) return;
      yield { args: { store: 'containerd', images: containerdRecords.length, containers: 0 } };
      return;
    }
    const images = dataRoot?.images?.size ?? 0;
    const containers = dataRoot?.containers.length ?? 0;
    if (images + containers > 0) yield { args: { store: dataRoot?.driver ?? '', images, containers } };
  },
  message: ({ args: { store, images, containers } }) =>
    `the image store that is not in use (${printable(store)}) holds ${images} images and ${containers} containers: they take room on the disk, and the daemon does not show them`,
  meaning: 'They are there again after a switch back. docker system prune does not see them.',
  cause: 'The daemon was switched from one image store to the other.',
  advice: [
    { text: 'See which image store is in use, and why', command: 'refstore status' },
    { text: 'Before a move, see what it takes', command: 'refstore check --for containerd' },
  ],
});
