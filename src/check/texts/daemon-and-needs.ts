import type { Finding } from '../finding.ts';
import { arg, entry, image, list, quoted, type RuleText, restart, shortId } from './rule-text.ts';

export const daemonTexts = {
  'memory-differs': {
    message: (f) => memory(f),
    meaning:
      'The daemon reads the file at its start only. Until it is restarted it works with what it has in memory, and whatever it saves next replaces the whole file.',
    cause: 'The file was edited while the daemon ran, or the daemon could not save a change.',
    advice: [
      { text: 'To keep what the file says, restart the daemon before it saves', command: 'refstore restart' },
      {
        text: 'To keep what the daemon has, make it save: any new tag writes the whole file',
        command: 'docker tag IMAGE refstore-rescue:1 && docker rmi refstore-rescue:1',
      },
      { text: 'See every difference', command: 'refstore diff disk live' },
    ],
  },
  'containerd-image-store': {
    message: (f) => `the daemon uses the containerd image store (${arg(f, 'why')}): this file has no effect`,
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
  },
  'containerd-metadata-damaged': {
    message: (f) =>
      `the containerd that the daemon starts cannot use its database ${quoted(arg(f, 'path'))}: ${arg(f, 'reason')}`,
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
  },
  'containerd-digest-unresolvable': {
    message: (f) =>
      `the containerd image store has a record ${quoted(f.reference ?? '')} at ${image(f)}: the daemon looks a digest up by the image's own digest, and does not find this one`,
    meaning: 'docker run and compose up of this digest ask a registry, or fail without one.',
    cause:
      'Docker 29 moved the images of the classic store over: it made new manifests and kept the old names (seen on 29.7.2).',
    advice: [
      {
        text: 'Give the image the digest back, from the manifests that the daemon kept or from a lock document',
        command: 'refstore digests restore --from content:',
      },
    ],
  },
  'containerd-image-incomplete': {
    message: (f) =>
      `${quoted(f.reference ?? '')} (${image(f)}) is recorded in the containerd image store, and its ${arg(f, 'missing')} ${arg(f, 'missing') === 'layers' ? 'are' : 'is'} missing: no container can be made of it`,
    meaning: 'docker image inspect may show it, and docker run fails.',
    cause:
      'An archive without its layers was loaded, a load or pull was interrupted, or files below the content store were removed.',
    advice: [
      { text: 'Load the whole image, or pull it again', command: 'refstore load ARCHIVE' },
      { text: 'Or take the name away', command: 'docker rmi REFERENCE' },
    ],
  },
  'unused-image-store': {
    message: (f) =>
      `the image store that is not in use (${arg(f, 'store')}) holds ${arg(f, 'images')} images and ${arg(f, 'containers')} containers: they take room on the disk, and the daemon does not show them`,
    meaning: 'They are there again after a switch back. docker system prune does not see them.',
    cause: 'The daemon was switched from one image store to the other.',
    advice: [
      { text: 'See which image store is in use, and why', command: 'refstore status' },
      { text: 'Before a move, see what it takes', command: 'refstore check --for containerd' },
    ],
  },
} as const satisfies Record<string, RuleText>;

export const needTexts = {
  'required-unresolved': {
    message: (f) =>
      `${quoted(f.reference ?? '')}, required by ${origin(f)}, ${whys[arg(f, 'why')]?.(f) ?? 'does not resolve'}`,
    meaning: 'docker run or compose up would ask a registry for it, or fail without one.',
    cause:
      'The image was never loaded, was loaded under another name, or its digest was lost on the way (docker save and skopeo to docker-daemon: carry none).',
    advice: [
      {
        text: 'Where the image is here and only its digest is missing, restore it with proof',
        command: 'refstore digests restore --from SOURCE --restart',
      },
      { text: 'Otherwise load it', command: 'refstore load --restart ARCHIVE' },
      restart,
    ],
  },
  'required-undecidable': {
    message: (f) =>
      `${quoted(f.reference ?? '')} in ${origin(f)} has no value for ${list(f, 'variables')}: it was not checked`,
    meaning: 'Whether the reference resolves depends on a variable that was not given.',
    cause: 'The compose file takes it from the environment or an .env file.',
    advice: [
      {
        text: 'Give the resolved file',
        command: 'docker compose config > resolved.yaml && refstore check --require resolved.yaml',
      },
    ],
  },
  'required-invalid': {
    message: (f) => `${quoted(f.reference ?? '')} in ${origin(f)} is no reference: ${arg(f, 'reason')}`,
    meaning: 'No engine would accept it.',
    cause: 'A mistake in the list, or the file is no list of references.',
    advice: [{ text: 'Correct it: name[:tag][@digest], one on each line' }],
  },
} as const satisfies Record<string, RuleText>;

function memory(f: Finding): string {
  switch (f.args['op']) {
    case 'remove':
      return `${entry(f)} at ${image(f)} is in the file, and the daemon does not know it: a restart is pending, and the next save of the daemon would drop it`;
    case 'add':
      return `the daemon has ${entry(f)} at ${image(f)}, and the file does not: a restart would lose it`;
    default:
      return `${entry(f)} is at ${shortId(arg(f, 'from'))} in the file and at ${image(f)} in the daemon's memory`;
  }
}

function origin(f: Finding): string {
  return `${arg(f, 'source')}:${arg(f, 'line')}`;
}

const whys: Readonly<Record<string, (f: Finding) => string>> = {
  absent: () => 'is not here',
  image: (f) => `is at the image ${image(f)}, which is not there`,
  'image-id': (f) => `has ${image(f)} for an image ID`,
  daemon: () => 'is not found by the running daemon',
};
