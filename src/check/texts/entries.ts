import { arg, entry, image, items, quoted, type RuleText, repair, restart, shortId } from './rule-text.ts';

const lossy = (rule: string) => ({
  text: 'Remove the entry; docker rmi cannot',
  command: `refstore repair --lossy ${rule}`,
});

const tagAgain = { text: 'Give the image a name that works', command: 'refstore tag IMAGE NAME:TAG' };

export const entryTexts = {
  'key-not-familiar': {
    message: (f) =>
      f.args['isTwice']
        ? `${entry(f)} says what ${quoted(arg(f, 'names'))} says already, in a form that the daemon lists and never finds`
        : `${entry(f)} is listed as ${quoted(arg(f, 'names'))}, and the daemon neither finds nor removes it`,
    meaning:
      'docker images shows the tag, and inspect, run and rmi answer `No such image`. docker rmi -f of the image removes its good names first, then fails, and leaves this one.',
    cause:
      "Red Hat's docker 1.13 wrote docker.io/ in front of names; a script that writes the file without shortening the name does the same.",
    advice: [
      { text: 'Do not docker rmi -f the image: that removes the names that work' },
      {
        text: 'Repair renames the key, and merges it where the short one is there too',
        command: 'refstore repair',
      },
      restart,
    ],
  },
  'key-not-reversible': {
    message: (f) =>
      `${entry(f)} has no short form that leads back to it: the daemon would look for another repository`,
    meaning:
      'Docker shortens docker.io/foo.io/x to foo.io/x, and reads that as the registry foo.io. Under either name it finds nothing, or the image of the other repository.',
    cause: 'A repository on Docker Hub whose first part looks like a host.',
    advice: [tagAgain, lossy('key-not-reversible')],
  },
  'key-without-tag': {
    message: (f) =>
      `${entry(f)} has neither tag nor digest: the daemon asks for :latest or a tag, and never finds it`,
    meaning: 'The entry does nothing, and stays for ever.',
    cause: 'The file was written by hand: keys are whole references (alpine:3.20), not tags (3.20).',
    advice: [tagAgain, lossy('key-without-tag')],
  },
  'key-tag-and-digest': {
    message: (f) =>
      `${entry(f)} has both tag and digest: it is listed, and the daemon neither finds nor removes it`,
    meaning: 'A request for name:tag@digest asks for name@digest. The store keeps the two as two entries.',
    cause: 'A script wrote the reference as it stood in a compose file.',
    advice: [
      tagAgain,
      { text: 'Add the digest with proof', command: 'refstore digests restore --from SOURCE --restart' },
      lossy('key-tag-and-digest'),
    ],
  },
  'key-unparsable': {
    message: (f) =>
      `${entry(f)} is no reference: nothing can ask for it, and by name the daemon lists nothing of its repository`,
    meaning:
      'One such key makes the daemon answer nothing when it lists the repository by name. The entry stays for ever.',
    cause:
      'The file was written by a script (name:@sha256:… is a known one), edited by hand, or a bit flipped.',
    advice: [tagAgain, lossy('key-unparsable')],
  },
  'wrong-bucket': {
    message: (f) =>
      `${quoted(f.reference ?? '')} stands in the repository ${quoted(f.repository ?? '')}: it is listed, and the daemon, which looks in ${quoted(arg(f, 'belongs'))}, neither finds nor removes it`,
    meaning: 'docker images shows the tag, and inspect, run and rmi answer `No such image`.',
    cause: 'The file was written by a script or edited by hand.',
    advice: [{ text: 'Repair moves it to its repository', command: 'refstore repair' }, restart],
  },
  'empty-bucket': {
    message: (f) => `the repository ${quoted(f.repository ?? '')} is ${f.args['isNull'] ? 'null' : 'empty'}`,
    meaning:
      'The daemon ignores it and keeps it for ever. It removes a repository with its last entry itself.',
    cause: 'The file was edited by hand or by a script.',
    advice: [repair],
  },
  'image-id-malformed': {
    message: (f) =>
      `${entry(f)} has ${image(f)} for an image ID: ${f.args['crashes'] ? 'every request for it crashes in the daemon, and the client sees EOF' : 'the daemon finds no such image'}`,
    meaning:
      "An ID without a colon panics (`no ':' separator in digest`) at inspect, run and rmi of the reference; any other that is not sha256: and 64 lower-case hex digits is not found. docker rmi cannot remove it.",
    cause: 'The file was written by hand or by a script: the ID was cut, or its sha256: left out.',
    advice: [
      { text: 'Point the tag at the image that it belongs to', command: 'docker tag IMAGE NAME:TAG' },
      lossy('image-id-malformed'),
    ],
  },
  'reference-conflict': {
    message: (f) => {
      const works =
        f.args['works'] === undefined
          ? 'the daemon finds none of them'
          : `the daemon finds ${shortId(arg(f, 'works'))}`;
      const all = items(f, 'images').map(shortId).join(' and ');
      return `${entry(f)} and another key are both ${quoted(arg(f, 'names'))}, at ${all}: ${works}, and lists the tag at each`;
    },
    meaning:
      'docker images shows one tag on two images, and docker rmi removes the key that works. Which image is meant cannot be told from the file.',
    cause:
      "A host moved from Red Hat's docker to Docker's, and pulled the image again; or two files were merged by a script.",
    advice: [
      { text: 'Say which image is meant', command: 'refstore repair --choose NAME:TAG=IMAGE_ID' },
      {
        text: 'Or keep what works and drop the other key',
        command: 'refstore repair --lossy reference-conflict',
      },
    ],
  },
  'name-sha256': {
    message: (f) =>
      `${entry(f)} names a repository called sha256: the daemon refuses to make one, since it reads as an image ID`,
    meaning:
      'It is listed as a tag. What looks like sha256:ID in a command is taken for the image of that ID.',
    cause: 'A script wrote the image ID as a reference, or the file comes from a very old daemon.',
    advice: [tagAgain, lossy('name-sha256')],
  },
} as const satisfies Record<string, RuleText>;
