import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';

type Args = { readonly why: string };

export const containerdImageStore = defineRule<Args>({
  name: 'containerd-image-store',
  category: 'daemon',
  severity: 'warning',
  fix: 'none',
  summary: 'the daemon uses the containerd image store: it neither reads nor writes the file',
  *check({ facts: { imageStore, file } }) {
    // Without an old file there is nothing that could be taken for the daemon's.
    if (imageStore?.kind === 'containerd' && file.kind !== 'missing') yield { args: { why: imageStore.why } };
  },
  message: ({ args: { why } }) =>
    `the daemon uses the containerd image store (${printable(why)}): this file has no effect`,
  meaning:
    'The file is neither read nor written. Image IDs are manifest digests there; refstore digests restore gives an image a digest through the running daemon.',
  cause:
    'features.containerd-snapshotter is set, or the daemon was installed fresh with version 29 or later.',
  advice: [
    { text: 'See which image store is in use', command: 'refstore status' },
    { text: 'Load images so that they keep their digests', command: 'refstore load ARCHIVE' },
    {
      text: 'To go back to the old store, set features.containerd-snapshotter to false in daemon.json',
      command: 'systemctl restart docker',
    },
  ],
});
