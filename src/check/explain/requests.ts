import type { LogLine } from './log-line.ts';

const pullAgain = { text: 'With a registry at hand, pull it again', command: 'docker pull NAME:TAG' };

/** What a running daemon says to requests, and logs at its start about single images. */
export const requestLines: readonly LogLine[] = [
  {
    pattern: /no ':' separator in digest/,
    says: 'A request crashed in the daemon: the entry it asked for has an image ID without a colon.',
    rule: 'image-id-malformed',
  },
  {
    pattern: /\.tmp-repositories\.json/,
    says: 'The daemon could not save its reference store.',
    meaning:
      'The change is in the memory of the daemon and not in the file: inspect finds it, and a restart loses it. The next save that succeeds writes it.',
    cause: 'No room on the disk, the folder is immutable or read-only, or its permissions were changed.',
    advice: [
      {
        text: 'Make room, or make the folder writable',
        command: 'df -h DATA_ROOT && lsattr -d DATA_ROOT/image/DRIVER',
      },
      {
        text: 'Then make the daemon save: any new tag writes the whole file',
        command: 'docker tag IMAGE refstore-rescue:1 && docker rmi refstore-rescue:1',
      },
    ],
  },
  {
    pattern: /Image ID for digest \S+ changed from \S+ to \S+,? cannot update/,
    says: 'A pull brought an image whose digest stands in the store at another image; the daemon keeps the old entry and says "up to date".',
    rule: 'ghost-digest',
  },
  {
    pattern: /[Cc]annot overwrite digest/,
    says: 'The digest stands in the store already, at another image ID. The store never changes a digest.',
    meaning:
      'The other image is not there (a ghost), is the wrong one, or is another platform of the same index. A digest has one image ID in this store.',
    cause:
      'An entry was written by hand or outlived its image, or the same index was pulled for two platforms (--platform).',
    advice: [
      { text: 'See which of them it is', command: 'refstore check && refstore resolve NAME@DIGEST' },
      { text: 'A ghost', command: 'refstore repair --lossy ghost-digest' },
      { text: 'Another platform: remove the digest, then pull', command: 'docker rmi NAME@DIGEST' },
    ],
  },
  {
    pattern: /refusing to create a tag with a digest reference|cannot import digest reference/,
    says: 'docker tag makes tags only, never digests.',
    meaning:
      'Docker records a digest only when it pulls or pushes. So after docker load a name@digest cannot be had with docker tag.',
    cause: 'The image was loaded or copied, and the reference names its digest.',
    advice: [
      {
        text: 'Restore the digest with proof: the manifest has to hash to it and to name this image',
        command: 'refstore digests restore --from docker://NAME --restart',
      },
      {
        text: 'Without a registry, from a copy that keeps manifests',
        command: 'refstore digests restore --from oci:DIR --restart',
      },
    ],
  },
  {
    pattern: /refusing to create an ambiguous tag using digest algorithm as name/,
    says: 'A repository called sha256 would read as an image ID.',
    rule: 'name-sha256',
  },
  {
    pattern: /is already set to image \S+, use the force option/,
    says: 'The tag belongs to another image.',
    meaning: 'Nothing was changed.',
    cause: 'The tag was to be added, not moved.',
    advice: [{ text: 'Move it', command: 'refstore tag --force IMAGE NAME:TAG' }],
  },
  {
    pattern: /content digest sha256:[a-f0-9]{64}: not found|content digest \S+ not found/,
    says: "containerd's content store lacks a blob that the daemon looks for.",
    meaning:
      'With the containerd image store the image is not complete: it cannot run, or cannot be saved or pushed. With a graph driver it is a manifest that a pull kept; the image may be whole.',
    cause:
      'Only one platform of an index was pulled or loaded, or blobs were deleted below containerd by hand.',
    advice: [
      {
        text: 'See which image store is in use, and what of the image is here',
        command: 'refstore status && refstore verify NAME@DIGEST',
      },
      pullAgain,
    ],
  },
  {
    pattern: /RWLayer\b[^\n]*unexpectedly nil/,
    says: 'The daemon has no writable layer for a container.',
    meaning:
      'The container cannot be started, and can only be removed. Its image and the reference store are not touched by this.',
    cause:
      'A record under layerdb/mounts, or a folder of the graph driver, was lost, or the storage driver was changed.',
    advice: [
      { text: 'See what else of the data root is damaged', command: 'refstore check' },
      { text: 'Make the container again from its image', command: 'docker rm CONTAINER' },
    ],
  },
  {
    pattern: /file integrity checksum failed/,
    says: 'A file of a layer is not what it was when the layer was pulled.',
    meaning: 'The image cannot be saved or pushed. Containers may run, with the changed file.',
    cause: "Something wrote below the graph driver's folder, or the disk is failing.",
    advice: [
      {
        text: 'Remove the image, and pull it again',
        command: 'docker image rm NAME:TAG && docker pull NAME:TAG',
      },
    ],
  },
  {
    pattern:
      /(?:open|stat|lstat) \S+\/(?:overlay2|fuse-overlayfs|vfs\/dir)\/[^/\s]+(?:\/(?:committed|link|\.tmp-committed\d+|merged|diff))?: no such file or directory/,
    says: 'The graph driver lacks the files of a layer.',
    rule: 'layer-data-missing',
  },
  {
    pattern: /failed to register layer(?![^\n]*no space left)/,
    says: 'A pull or a load could not unpack a layer.',
    meaning: 'Nothing was added to the reference store: the daemon names an image when all of it is there.',
    cause:
      'Whatever the rest of the line says: no room, a damaged archive, or folders of the graph driver that are gone.',
    advice: [
      { text: 'See room and inodes', command: 'df -h DATA_ROOT && df -i DATA_ROOT' },
      { text: 'See whether layers that are here are whole', command: 'refstore check --level full' },
    ],
  },
  {
    pattern: /Cannot connect to the Docker daemon|Is the docker daemon running/i,
    says: 'No daemon answers at this address.',
    meaning: 'The daemon is down, does not start, or listens elsewhere (DOCKER_HOST, docker context).',
    cause: 'The line says nothing about why. The daemon writes it in its own log.',
    advice: [
      {
        text: 'Let the log of the daemon be explained',
        command: 'journalctl -u docker -b --no-pager | refstore explain -',
      },
      { text: 'See whether the reference store keeps it from starting', command: 'refstore check' },
    ],
  },
  {
    pattern: /layer does not exist|not restoring image/,
    says: 'The daemon knows an image and lacks one of its layers.',
    rule: 'image-layers-missing',
  },
  {
    pattern:
      /unrecognized image ID|invalid image (?:ID )?"?sha256|failed to verify: sha256:|msg="invalid image"|failed to restore image|invalid image JSON/,
    says: 'The daemon does not accept the config of an image, and skips the image.',
    rule: 'image-config-damaged',
  },
  {
    pattern:
      /unable to (?:delete|remove)[^\n]*(?:must be forced|cannot be forced|is being used|is referenced)/,
    says: 'The image has more names, or a container uses it.',
    meaning:
      'Nothing was removed. With -f the daemon first removes the names that work; entries that it lists and cannot find stay.',
    cause: 'Names in other repositories, or containers. Names that docker rmi cannot find count too.',
    advice: [
      { text: 'See every name of the image, odd ones too', command: 'refstore resolve IMAGE' },
      {
        text: 'Before docker rmi -f, see whether there are names that it cannot remove',
        command: 'refstore check',
      },
    ],
  },
  {
    pattern: /Unable to find image '[^'\n]*@[^'\n]*' locally/,
    says: 'No entry of the store has this digest, so the client asks a registry.',
    meaning:
      'The image may well be here: docker load and skopeo to docker-daemon: keep the image ID and no digest.',
    cause: 'The image was copied through an archive or through skopeo, or the file lost its digests.',
    advice: [
      { text: 'See what names the image', command: 'refstore ls' },
      {
        text: 'Restore the digest with proof',
        command: 'refstore digests restore --from docker://NAME --restart',
      },
      {
        text: 'Without a registry, from a copy that keeps manifests',
        command: 'refstore digests restore --from oci:DIR --restart',
      },
    ],
  },
  {
    pattern: /RepoDigests?\b[^\n]*out of range|out of range[^\n]*RepoDigests?\b/,
    says: 'A program expects a digest, and the image has none.',
    meaning: 'The image was built or loaded here. Scanners, updaters and signers take it for a local build.',
    cause: 'docker load and skopeo to docker-daemon: carry no digests.',
    advice: [
      {
        text: 'Restore the digest with proof',
        command: 'refstore digests restore --from docker://NAME --restart',
      },
    ],
  },
  {
    pattern: /[Nn]o such image|reference does not exist|Unable to find image/,
    says: 'The store has no entry that the daemon finds under this reference, or the image of the entry is not there.',
    meaning:
      'If docker images shows the name all the same, its key has a form that the daemon lists and never finds (docker.io/…), or stands in the wrong repository. A ghost is not listed and not found either.',
    cause:
      "Names written by Red Hat's docker 1.13 or by a script, images deleted by hand, digests lost by docker load, or simply an image that was never here.",
    advice: [
      {
        text: 'See what the daemon would find, and what else names the image',
        command: 'refstore resolve REFERENCE',
      },
      { text: 'See what is wrong with the store', command: 'refstore check' },
      { text: 'Do not docker rmi -f: that removes the names that work' },
    ],
  },
  {
    pattern: /Image is up to date/,
    says: 'The config of the image is here, so the daemon pulled nothing.',
    meaning:
      'It did not look whether the layers are whole, and a digest that stands at another image it leaves as it is.',
    cause: 'Usual. Of interest only where the image does not work afterwards.',
    advice: [{ text: 'See whether the image is whole', command: 'refstore check --level full' }],
  },
];
