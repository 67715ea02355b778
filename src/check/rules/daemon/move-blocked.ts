import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';

type Args =
  | { readonly why: 'driver'; readonly driver: string }
  | { readonly why: 'containers' | 'images'; readonly count: number }
  | { readonly why: 'userns' }
  | { readonly why: 'threshold'; readonly bytes: number };

/** What Docker 29.7.2 was seen to go by when it starts with the feature containerd-migration. */
export const moveBlocked = defineRule<Args>({
  name: 'move-blocked',
  category: 'daemon',
  severity: 'warning',
  fix: 'none',
  summary: 'Docker 29 will not move the images to the containerd image store by itself',
  *check({ facts: { moveTo, imageStore, dataRoot, containerdRecords = [] } }) {
    if (moveTo === undefined || dataRoot === undefined || imageStore?.kind === 'containerd') return;
    const { driver, containers, path } = dataRoot;
    if (driver !== 'overlay2' && driver !== 'vfs') yield { args: { why: 'driver', driver } };
    if (containers.length > 0) yield { args: { why: 'containers', count: containers.length } };
    if (containerdRecords.length > 0) yield { args: { why: 'images', count: containerdRecords.length } };
    // With userns-remap the data root is a folder UID.GID.
    if (/\/\d+\.\d+\/?$/.test(path)) yield { args: { why: 'userns' } };
    const { layerBytes: bytes } = moveTo;
    if (bytes > 0) yield { severity: 'info', args: { why: 'threshold', bytes } };
  },
  message: ({ args }) => {
    switch (args.why) {
      case 'driver':
        return `the graph driver is ${printable(args.driver)}: Docker 29 moves images of overlay2 and vfs only`;
      case 'containers':
        return `there are containers of this graph driver (${args.count}): Docker 29 moves no image while there is one, stopped or not`;
      case 'images':
        return `the containerd image store has images already (${args.count}): Docker 29 moves none to it then`;
      case 'userns':
        return 'the daemon uses userns-remap: Docker 29 moves no image then';
      case 'threshold':
        return `the layers take ${args.bytes} bytes: Docker 29 moves them only where DOCKER_MIGRATE_SNAPSHOTTER_THRESHOLD is at least that (its default 0 means never)`;
    }
  },
  meaning:
    'Docker 29 with the feature containerd-migration starts on the graph driver as before, or shows no image; its log says why. Docker 28 and older move nothing: after the switch the store is empty.',
  cause: 'The conditions of the migration, as seen on Docker 29.7.2.',
  advice: [
    {
      text: 'Carry the images yourself: save them, switch, load them, and give the digests back',
      command: 'docker save --output images.tar NAME:TAG && refstore digests export --out digests.json',
    },
    {
      text: 'Make the switch stick with this in daemon.json, and nothing else does',
      command: '{"features": {"containerd-snapshotter": true}}',
    },
  ],
});
