import type { LogLine } from './log-line.ts';

/**
 * What names the store in a line: patterns that other programs' lines have too count only beside it. Daemons before
 * 1.10 said Tag store, and kept the file as repositories-DRIVER.
 */
const store = /reference store repository|Tag store|repositories[-.]/;
/** Go's types of the store name it too. */
const storeType =
  /reference store repository|Tag store|repositories[-.]|reference\.(?:store|refStore|repository)|[. ]store\.Repositories| \.Repositories/;

/** Why a daemon does not start. The most telling come first: explain takes the first that matches. */
export const startingLines: readonly LogLine[] = [
  {
    pattern: /daemon\.json/,
    and: /invalid character|EOF|cannot unmarshal|directives are specified|conflicts? with|unable to configure/,
    says: 'The daemon cannot use its configuration file. The reference store is another file.',
    meaning:
      'The daemon exits before it reads anything of the data root. Images and their names are untouched.',
    cause:
      'daemon.json was edited by hand: a comma, a quote, or an option that is given on the command line too.',
    advice: [
      {
        text: 'See what is wrong with it',
        command: 'dockerd --validate --config-file /etc/docker/daemon.json',
      },
    ],
  },
  {
    pattern: /cannot write to a symbolic link directly/,
    says: 'The daemon (28 and later) will not replace a symbolic link: at a start the link leads to nothing, at a save the file is a link.',
    rule: 'file-symlink',
  },
  {
    pattern: /assignment to entry in nil map/,
    says: 'A request that adds a name crashed: the store has no map to put it into.',
    rule: 'map-null',
  },
  {
    pattern: /(?:reference|refstore)\.\(\*(?:refStore|store)\)\.reload/,
    says: 'The daemon crashed while it read its reference store, which says null.',
    rule: 'file-null',
  },
  {
    pattern: /(?:repositories[-\w]*\.json|reference store)[^\n]*is a directory/,
    says: 'A directory stands where the reference store should be.',
    rule: 'not-a-file',
  },
  {
    pattern: /json: cannot unmarshal /,
    and: storeType,
    says: 'A value in the reference store has the wrong type, and the whole file is refused.',
    rule: 'file-type',
  },
  {
    pattern: /exceeded max depth/,
    and: store,
    says: 'The reference store has more than 10000 brackets open at once.',
    rule: 'file-too-deep',
  },
  {
    pattern: /invalid character '(?:\\x00|\\u0000)'/,
    and: store,
    says: 'The reference store holds NUL bytes where text should be.',
    rule: 'file-nul',
  },
  {
    pattern: /invalid character '(?:ï|\\ufeff|ÿ|\\xff|þ|\\xfe|\\xef)'/,
    and: store,
    says: 'The reference store begins with a byte order mark, or is UTF-16.',
    rule: 'file-encoding',
  },
  {
    pattern:
      /invalid character [^\n]*(?:after (?:object|array|decimal|top-level)|in (?:string|literal|numeric|exponent|\\u)|object key string)|invalid escape sequence|not json format/,
    and: store,
    says: 'The reference store is not valid JSON from some place on.',
    rule: 'file-syntax',
  },
  {
    pattern: /invalid character [^\n]*looking for beginning of value/,
    and: store,
    says: 'The reference store does not begin as JSON: it holds the text of something else.',
    rule: 'file-foreign',
  },
  {
    // Anything that breaks off says the same: only of the store, or of the daemon's start by itself.
    pattern:
      /(?:(?:reference store repository|Tag store|repositories[-\w]*\.json)[^\n]*|(?:failed to start|error starting) daemon: )unexpected (?:EOF|end of JSON input)(?:"?\s*$)/i,
    says: 'The reference store ends in the middle (old daemons say the same of an empty one).',
    rule: 'file-cut',
  },
  {
    pattern: /: EOF\b/,
    and: store,
    says: 'The reference store is empty.',
    rule: 'file-empty',
  },
  {
    pattern: /start-limit-hit|Start request repeated too quickly|restart counter is at \d+/,
    says: 'systemd tried to start the daemon several times within a minute and gave up.',
    meaning:
      'The daemon fails at each start. systemd counts the starts, and refuses more until the counter is cleared, even after the cause is fixed.',
    cause: 'Whatever the lines before say: read those first.',
    advice: [
      {
        text: 'Find the line with the cause',
        command: 'journalctl -u docker -b --no-pager | grep -i "failed to start"',
      },
      { text: 'See whether it is the reference store', command: 'refstore check' },
      {
        text: 'After the cause is fixed, clear the counter and start',
        command: 'systemctl reset-failed docker && systemctl start docker',
      },
    ],
  },
  {
    pattern: /can still be activated by/,
    says: 'The daemon is stopped, and docker.socket starts it again as soon as anyone asks it something.',
    meaning:
      'An edit of the file is not safe while the socket listens: one docker ps, or a monitoring agent, wakes the daemon.',
    cause: 'Only the service was stopped.',
    advice: [
      {
        text: 'Stop both, and start both afterwards',
        command: 'systemctl stop docker.service docker.socket',
      },
      { text: 'Or let refstore do it around its write', command: 'refstore repair --restart' },
    ],
  },
  {
    pattern: /unknown service containerd\.services|containerd\.metadata\S* plugin: invalid database/,
    says: 'The containerd that the daemon starts could not use its database.',
    rule: 'containerd-metadata-damaged',
  },
  {
    pattern:
      /mkdir \S*\/(?:image\/[^/\s]+\/(?:distribution|imagedb|layerdb)|containers)\S*: not a directory|\/layerdb\/(?:sha256|mounts): not a directory/,
    says: 'A file stands where the daemon needs a folder.',
    rule: 'folder-blocked',
  },
  {
    pattern:
      /Not migrating to containerd snapshotter|Images not migrated because|Failed to migrate images to containerd|no longer visible/,
    says: 'Docker 29 was told to move the images to the containerd image store, and did not.',
    meaning:
      'As long as the daemon uses the graph driver, its images and the reference store are used as before. If it uses the containerd image store, the images of the graph driver are on the disk and not in view.',
    cause:
      'Containers or too many or too large images of the graph driver are there, or containerd has images already.',
    advice: [
      { text: 'See which image store is in use', command: 'refstore status' },
      {
        text: 'To see the images of the graph driver again, set features.containerd-snapshotter to false in daemon.json and restart the daemon',
        command: 'systemctl restart docker',
      },
    ],
  },
  {
    pattern:
      /prior storage driver \S+ failed|created with another storage driver|\bgraph ?driver\b[^\n]*is not registered/i,
    says: 'The daemon does not use the storage driver with which the data root was used before.',
    rule: 'several-stores',
  },
  {
    pattern: /using prior storage driver: *"?\w+/,
    says: 'The daemon chose its graph driver by what it found on the disk.',
    rule: 'several-stores',
  },
  {
    pattern: /metadata database: timeout|pid file found, ensure docker is not running/,
    says: 'Another daemon uses this data root, or is thought to.',
    meaning: 'Two daemons on one data root would overwrite each other; the second refuses to start.',
    cause:
      'The old daemon is still stopping, a second one was configured with the same data root, or a pid file was left behind.',
    advice: [
      { text: 'See who holds the data root', command: 'refstore status' },
      { text: 'If no dockerd runs, remove the pid file', command: 'rm /var/run/docker.pid' },
    ],
  },
  {
    pattern:
      /no space left|input\/output error|read-only file system|permission denied|operation not permitted/i,
    and: store,
    says: 'The daemon cannot read or write its reference store: the file system says no.',
    meaning: 'The file itself may be whole. Nothing in it has to be repaired before the file system works.',
    cause:
      'The disk is full, broken or mounted read-only, or the path is not on the disk that it should be on.',
    advice: [
      { text: 'See room and mount', command: 'df -h DATA_ROOT && findmnt -T DATA_ROOT' },
      { text: 'Then see whether the file is whole', command: 'refstore check' },
    ],
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    says: 'The disk is full, or its inodes or a quota are used up.',
    meaning:
      'What was being written is not there or not whole. The reference store is replaced in one step: its old bytes stand until the daemon can save again, and what it could not save is lost at its next start.',
    cause: 'Images, containers, logs or the build cache have taken what there was.',
    advice: [
      { text: 'See what is used up: room or inodes', command: 'df -h DATA_ROOT && df -i DATA_ROOT' },
      { text: 'See what of it Docker uses', command: 'docker system df' },
      { text: 'With room again, see whether the store is whole', command: 'refstore check' },
    ],
  },
];
