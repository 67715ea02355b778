import type { LogLine } from './log-line.ts';

/** What is said when images are copied, loaded and pulled, and about references. */
export const transportLines: readonly LogLine[] = [
  {
    pattern: /Manifest does not match provided manifest digest/,
    says: 'skopeo read the image from a daemon, and what it read has another digest.',
    meaning: 'A daemon keeps images unpacked: it cannot give back the manifest that a registry had.',
    cause: 'docker-daemon: as the source of a copy, with a digest in the reference.',
    advice: [
      {
        text: 'Copy from the registry itself, keeping the bytes',
        command: 'skopeo copy --all --preserve-digests docker://NAME oci:DIR',
      },
    ],
  },
  {
    pattern: /Unsupported manifest type, need a Docker schema 2 manifest/,
    says: 'skopeo can give a daemon Docker schema 2 only.',
    meaning: 'Nothing was copied.',
    cause: '--format oci with docker-daemon: as the destination.',
    advice: [
      { text: 'Leave the format out', command: 'skopeo copy docker://NAME docker-daemon:NAME:TAG' },
      {
        text: 'Then restore the digest',
        command: 'refstore digests restore --from docker://NAME --restart',
      },
    ],
  },
  {
    pattern: /Manifest list must be converted|Instructed to preserve digests/,
    says: 'skopeo would have to rewrite the manifest, and was told not to.',
    meaning: 'A Docker manifest list cannot be carried as a whole in an OCI archive with its digest kept.',
    cause: '--all --preserve-digests from a Docker manifest list into oci-archive:.',
    advice: [
      {
        text: 'Copy the platform that is needed',
        command: 'skopeo copy --preserve-digests docker://NAME oci-archive:FILE:NAME',
      },
      {
        text: 'Or keep the list as it is in a folder',
        command: 'skopeo copy --all --preserve-digests docker://NAME dir:DIR',
      },
      {
        text: 'With the old image store, once the image is loaded, that folder proves the digest of the list',
        command: 'refstore digests restore --from dir:DIR --restart',
      },
    ],
  },
  {
    pattern: /client version \S+ is too old|io: read\/write on closed pipe/,
    says: 'The client speaks an API that this daemon no longer serves.',
    meaning: 'Nothing was copied. skopeo 1.9 asks for API 1.22; Docker 26 and later serve 1.24 and up.',
    cause: 'An old skopeo with a new daemon.',
    advice: [
      {
        text: 'Use a newer skopeo, or load an archive, which keeps the digest too',
        command:
          'skopeo copy --preserve-digests docker://NAME oci-archive:FILE:NAME && refstore load --restart FILE',
      },
    ],
  },
  {
    pattern: /docker-import-\d+\/blobs\/json: no such file or directory/,
    says: 'This daemon cannot load an OCI archive.',
    meaning:
      'Nothing was loaded. With the old image store docker load wants manifest.json, as docker-archive has it.',
    cause: 'skopeo oci-archive: files are OCI layouts.',
    advice: [
      {
        text: 'refstore load rewrites the archive and keeps the digest',
        command: 'refstore load --restart FILE',
      },
    ],
  },
  {
    pattern: /error pulling image configuration[^\n]*unknown blob/,
    says: 'The registry has the manifest and not the config.',
    meaning: 'Nothing was registered: the daemon takes a digest only with its image.',
    cause: 'A registry, or a stand-in for one, that serves manifests only, and an image that is not here.',
    advice: [{ text: 'Load the image first', command: 'refstore load --restart ARCHIVE' }],
  },
  {
    pattern: /DIGEST_INVALID/,
    says: 'A registry computed another digest than the one it was given.',
    meaning: 'The bytes were changed on the way: a pass through a daemon makes a new manifest.',
    cause: 'The image was relocated with docker save, docker push or docker-daemon:.',
    advice: [
      {
        text: 'Copy from registry to registry, keeping the bytes',
        command: 'skopeo copy --all --preserve-digests docker://NAME docker://OTHER',
      },
    ],
  },
  {
    pattern: /manifest unknown|not found: manifest/,
    says: 'The registry does not have this tag or digest.',
    meaning: 'Nothing was changed here.',
    cause: 'The tag was deleted or never pushed, or the digest belongs to another repository or registry.',
    advice: [
      { text: 'See whether the image is here under another name', command: 'refstore resolve REFERENCE' },
    ],
  },
  {
    pattern:
      /(?:Get|Head|dial tcp|lookup)[^\n]*(?:connection refused|no such host|i\/o timeout|network is unreachable)/,
    says: 'The registry was not reached.',
    meaning:
      'docker pull always asks a registry, even for what is here. docker run and create do not, as long as the reference resolves.',
    cause: 'No network, as on an air-gapped host, or a wrong name.',
    advice: [
      {
        text: 'See whether the reference resolves without a registry',
        command: 'refstore resolve REFERENCE',
      },
      {
        text: 'If only its digest is missing, restore it from a copy',
        command: 'refstore digests restore --from oci:DIR --restart',
      },
    ],
  },
  {
    pattern: /repository name (?:\([^)\n]*\) )?must be lowercase/,
    says: 'The name of a repository has capitals.',
    meaning:
      'No engine accepts it. Tags may have capitals, names not. (A/b is read as the registry A by Docker 26 and later, and refused by 20.10.)',
    cause: 'A name made from a branch, a user or a project.',
    advice: [{ text: 'Write it in lower case' }],
  },
  {
    pattern: /unsupported digest algorithm|invalid checksum digest (?:length|format)/,
    says: 'What stands behind the @ is no digest that Docker takes.',
    meaning: 'sha256, sha384 and sha512 are taken, in lower case, with 64, 96 or 128 hex digits.',
    cause: 'The digest was cut, has capitals, or is of another algorithm.',
    advice: [{ text: 'Take the whole digest', command: 'docker images --digests --no-trunc' }],
  },
  {
    pattern: /cannot specify 64-byte hexadecimal strings/,
    says: 'An image ID stands where a name is expected.',
    meaning: '64 hex digits are always read as an ID.',
    cause: 'An ID was given to docker tag as the new name, or written into a list of references.',
    advice: [{ text: 'Give a name', command: 'docker tag IMAGE_ID NAME:TAG' }],
  },
  {
    pattern:
      /invalid reference format|repository name must (?:have at least one component|not be more than 255)/,
    says: 'What was given is no reference.',
    meaning:
      'A reference is [registry[:port]/]name[:tag][@digest]; the name in lower-case letters, digits and single separators.',
    cause: 'An empty variable, a space, a trailing colon, or a tag with odd characters.',
    advice: [{ text: 'See what the text reads as', command: 'refstore resolve REFERENCE' }],
  },
];
