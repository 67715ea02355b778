import type { Finding } from '../finding.ts';
import {
  arg,
  count,
  entry,
  image,
  items,
  list,
  numberOf,
  quoted,
  type RuleText,
  shortId,
} from './rule-text.ts';

const pull = { text: 'With a registry at hand, pull it again', command: 'docker pull NAME:TAG' };
const load = {
  text: 'Without one, load it from an archive that has it',
  command: 'refstore load --restart ARCHIVE',
};

function hit(finding: Finding): string {
  const references = items(finding, 'references');
  const containers = items(finding, 'containers');
  const names = [
    ...(references.length === 0 ? [] : [list(finding, 'references')]),
    ...(containers.length === 0 ? [] : [`containers ${list(finding, 'containers')}`]),
  ];
  return names.length === 0 ? 'no name is hit' : `hit: ${names.join('; ')}`;
}

export const dataRootTexts = {
  'folder-blocked': {
    message: (f) =>
      `the daemon needs a folder at ${quoted(arg(f, 'path'))} and does not start: ${arg(f, 'reason')}`,
    meaning: 'The daemon makes or lists this folder at each start, and stops with "not a directory".',
    cause:
      'A script or a copy put a file in the place of the folder, or a repair of the file system took its content away.',
    advice: [
      { text: 'Move it out of the way; the daemon makes an empty folder', command: 'mv PATH /root/' },
      {
        text: 'Of imagedb, layerdb and containers an empty folder means no images or containers: put the folder back from a backup, if there is one, before you start the daemon',
      },
    ],
  },
  'ghost-tag': {
    message: (f) =>
      `${entry(f)} is at the image ${image(f)}, which is not there: the tag is not listed, found or removed`,
    meaning:
      'The daemon answers 404 for it, docker rmi and prune do not remove it, and it stays for ever. A docker tag or docker pull of the same name mends it.',
    cause:
      'Files under imagedb were deleted by hand or by a cleaning script, or the store was restored without its images.',
    advice: [
      pull,
      {
        text: 'Where a container or a backup says which image it is, repair moves it',
        command: 'refstore repair --from backup:ID',
      },
      { text: 'Remove it', command: 'refstore repair --lossy ghost-tag' },
    ],
  },
  'ghost-digest': {
    message: (f) =>
      `${entry(f)} is at the image ${image(f)}, which is not there: every pull of this digest fails`,
    meaning:
      'Nothing in Docker mends it: docker pull name@digest fails with `cannot overwrite digest`, a pull of the tag says "up to date" and logs `changed from … cannot update`, docker rmi does not find it. A ghost digest is worse than no digest.',
    cause:
      'Files under imagedb were deleted by hand, the store was restored without its images, or a script wrote a digest for an image that was never there.',
    advice: [
      {
        text: 'Where a manifest proves the right image, repair moves it',
        command: 'refstore repair',
      },
      {
        text: 'Otherwise remove it, and pull the digest again',
        command: 'refstore repair --lossy ghost-digest',
      },
    ],
  },
  'digest-wrong-image': {
    message: (f) =>
      `${entry(f)} is at ${image(f)}, but its manifest names ${items(f, 'proven').map(shortId).join(' or ')} (${arg(f, 'source')}): docker run by this digest runs the wrong program`,
    meaning:
      'A digest is a promise, and this one is broken. No error shows it. A pull of the digest fails with `cannot overwrite digest`.',
    cause:
      'A script wrote the digest without hashing anything: the first platform of an index, or the digest of another tag.',
    advice: [
      { text: 'Repair moves it to the proven image if that is here', command: 'refstore repair' },
      { text: 'Otherwise remove it', command: 'refstore repair --lossy digest-wrong-image' },
    ],
  },
  'image-config-damaged': {
    message: (f) =>
      `the config of the image ${image(f)} is ${states[arg(f, 'state')] ?? 'damaged'}: the daemon skips the image at its start; ${hit(f)}`,
    meaning:
      'The image ID is the sha256 of the config, so a changed config is no image. The daemon logs it and goes on without the image: every reference at it is not found.',
    cause: 'Power failed while an image was pulled or loaded, or files were edited under imagedb.',
    advice: [pull, load],
  },
  'image-layers-missing': {
    message: (f) =>
      `the image ${image(f)} lacks layers (${list(f, 'layers')}): the daemon skips the image at its start; ${hit(f)}`,
    meaning:
      'layerdb has no usable record of a layer. The daemon logs `layer does not exist, not restoring image` and goes on without the image.',
    cause:
      'Power failed while layers were written (files of size 0 in layerdb), or folders were deleted to free space.',
    advice: [
      {
        text: 'A pull may say "Image is up to date" or `layer does not exist`: take the damaged image out of imagedb first, then pull',
        command: 'mv DATA_ROOT/image/DRIVER/imagedb/content/sha256/HEX /root/ && docker pull NAME:TAG',
      },
      load,
    ],
  },
  'layer-data-missing': {
    message: (f) =>
      f.imageId === undefined
        ? `no image can run: the graph driver's folder ${quoted(arg(f, 'path'))} cannot be used: ${arg(f, 'reason')}`
        : `the image ${image(f)} is listed and cannot run: the files of its layers are not there (${list(f, 'paths')}); ${hit(f)}`,
    meaning:
      'The daemon does not look at these files when it starts. It lists the image, a pull says "Image is up to date", and docker create or docker run fails with "no such file or directory".',
    cause:
      'Folders below the graph driver were deleted to free space, or were not copied with the data root.',
    advice: [
      {
        text: 'A pull mends nothing as long as the image is known: remove the image, then pull it',
        command: 'docker image rm NAME:TAG && docker pull NAME:TAG',
      },
      load,
    ],
  },
  'image-untagged': {
    message: (f) =>
      `the image ${image(f)} has no tag, only ${list(f, 'references')}: docker image prune removes it`,
    meaning:
      'For prune an image without a tag is dangling, whatever digests it has. A container that uses it would protect it.',
    cause: 'It was pulled by digest, or its tag was moved to a newer image.',
    advice: [{ text: 'Give it a tag', command: 'docker tag NAME@DIGEST NAME:TAG' }],
  },
  'image-unnamed': {
    message: (f) => {
      const containers = items(f, 'containers');
      if (f.args['isRescued'] === true) {
        return `the image ${image(f)} has no tag but its rescue tag, which keeps it from docker image prune`;
      }
      const fate =
        containers.length === 0 ? 'docker image prune removes it' : `used by ${list(f, 'containers')}`;
      return `the image ${image(f)} has no name: ${fate}`;
    },
    meaning:
      'docker images shows it as <none>. Usual after a build that moved a tag; a sign of trouble when every image is so.',
    cause: 'A newer build or pull took the tag, or names were lost with the file.',
    advice: [
      {
        text: 'See whether anything knows its name',
        command: 'refstore repair --dry-run',
      },
      { text: 'Name it', command: 'docker tag IMAGE_ID NAME:TAG' },
      {
        text: 'Keep all such images from the prune, without knowing their names',
        command: 'refstore repair --rescue-tags --restart',
      },
      { text: 'Or let it go', command: 'docker image prune' },
    ],
  },
  'container-image-missing': {
    message: (f) =>
      `the container ${quoted(arg(f, 'container'))} was made from ${image(f)} (${arg(f, 'image')}), which is not there`,
    meaning:
      'The container may still run and start: its layers are its own. It cannot be made anew, committed or inspected down to its image.',
    cause: 'The image was removed with docker rmi -f, or its files are damaged.',
    advice: [pull, load],
  },
  'container-reference-lost': {
    message: (f) =>
      `${quoted(f.reference ?? '')} names nothing, but ${names(f)} made from it, at ${image(f)}`,
    meaning:
      'Made again, as compose and watchtower do, the container would be pulled, or would fail without a registry.',
    cause: 'The name was removed with docker rmi, or lost with the file.',
    advice: [
      {
        text: 'A digest, or the only name of the image, repair puts back: the container proves it',
        command: 'refstore repair',
      },
      {
        text: 'Another name of the image may have been removed on purpose; if not, add it',
        command: 'refstore tag IMAGE_ID NAME:TAG',
      },
    ],
  },
  'several-stores': {
    message: (f) =>
      `the driver ${arg(f, 'driver')} is used (${arg(f, 'why')}), with ${count(numberOf(f, 'references'), 'reference')}; other drivers have stores here too: ${list(f, 'others')}${f.args['isElsewhere'] ? ' - are the missing images there?' : ''}`,
    meaning:
      "Each graph driver has its own images and its own file. The daemon reads the current driver's only.",
    cause:
      'storage-driver was changed, or the daemon chose another driver because a module or a file system was missing.',
    advice: [
      { text: 'See which driver the daemon uses', command: "docker info --format '{{.Driver}}'" },
      { text: 'Look into another store', command: 'refstore ls --driver DRIVER' },
    ],
  },
  'not-examined': {
    message: (f) =>
      f.args['isImageDb']
        ? `the image db could not be read, so whether references resolve is not known: ${quoted(arg(f, 'path'))}: ${arg(f, 'reason')}`
        : `${quoted(arg(f, 'path'))} was not examined: ${arg(f, 'reason')}`,
    meaning:
      'What depends on it was not checked. Where it is the image db, nothing is said of ghosts, of unnamed images or of containers, and a repair neither adds names nor removes ghosts.',
    cause: 'No permission, a symbolic link, an odd name, or a file over the limit.',
    advice: [
      { text: 'Run the check as root', command: 'sudo refstore check' },
      {
        text: 'Links that lead out of the data root are not followed: name the file by its real path, if it lies in a whole data root there',
        command: 'refstore check --file REAL_DATA_ROOT/image/DRIVER/repositories.json',
      },
    ],
  },
} as const satisfies Record<string, RuleText>;

const states: Readonly<Record<string, string>> = {
  empty: 'empty',
  'hash-mismatch': 'not what its name says (the sha256 differs)',
  invalid: 'no image config',
  unreadable: 'unreadable',
};

function names(finding: Finding): string {
  const containers = items(finding, 'containers');
  return `${containers.length === 1 ? 'the container' : 'the containers'} ${list(finding, 'containers')} ${containers.length === 1 ? 'was' : 'were'}`;
}
