import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { printable } from '../../printable.ts';

type Args = { readonly path: string; readonly reason: string };

export const containerdMetadataDamaged = defineRule<Args>({
  name: 'containerd-metadata-damaged',
  category: 'daemon',
  severity: 'fatal',
  fix: 'none',
  summary: 'the database of the containerd that the daemon starts is damaged: no container starts',
  *check({ facts: { dataRoot } }) {
    const { containerdMetadata } = dataRoot ?? {};
    if (containerdMetadata !== undefined) yield { args: { ...containerdMetadata } };
  },
  message: ({ args: { path, reason } }) =>
    `the containerd that the daemon starts cannot use its database ${quoted(path)}: ${printable(reason)}`,
  meaning:
    'Docker 20.10 and 26.1 do not start; Docker 28.5 starts, and no container does. The log says `unknown service containerd.services…`. The images are not in this database. Gone with it is which manifests the daemon keeps, and under which names they were pulled.',
  cause: 'Power failed while it was written, the disk is failing, or something overwrote the file.',
  advice: [
    {
      text: 'Stop the daemon, move the file out of the way, and start the daemon: containerd makes a new one',
      command: 'mv DATA_ROOT/containerd/daemon/io.containerd.metadata.v1.bolt/meta.db /root/',
    },
    {
      text: 'With the containerd image store the images are in it: put it back from a backup instead',
    },
  ],
});
