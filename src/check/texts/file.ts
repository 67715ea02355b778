import { printable } from '../printable.ts';
import { backups, looks, rebuild } from './refused.ts';
import {
  arg,
  count,
  entry,
  image,
  list,
  numberOf,
  quoted,
  type RuleText,
  repair,
  shortId,
} from './rule-text.ts';

/** Files that the daemon reads, and how the file stands in its folder. */
export const fileTexts = {
  'map-null': {
    message: () =>
      'the field Repositories is null: the daemon starts, but whatever adds a name crashes, and nothing is ever saved',
    meaning:
      'Every pull, tag, load and build panics with `assignment to entry in nil map`, and the client sees EOF. It stays so until the file is put right.',
    cause: 'A script wrote what jq gave for a field that was not there.',
    advice: [rebuild, backups],
  },
  'trailing-bytes': {
    message: (f) => {
      const found = numberOf(f, 'entries');
      const held =
        found === 0
          ? ''
          : `; ${count(found, 'entry', 'entries')} there that the daemon does not have: ${list(f, 'references')}`;
      return `${count(numberOf(f, 'size'), 'byte')} behind the end of the store, ${looks(f)}: the daemon ignores them and drops them at its next save${held}`;
    },
    meaning: 'The daemon reads the first JSON value only. What follows has no effect.',
    cause:
      'Two versions of the file were run together: a shorter one written over a longer one, or one appended to the other.',
    advice: [
      repair,
      {
        text: 'If names stand only there, add them from a copy of the file',
        command: 'refstore tag IMAGE NAME:TAG',
      },
    ],
  },
  'duplicate-field': {
    message: (f) =>
      `the field ${quoted(arg(f, 'name'))} is there ${numberOf(f, 'times')} times: the daemon merges them, and other tools see only the last`,
    meaning: 'The daemon reads both into one map. jq, Python and JavaScript keep the last only.',
    cause: 'Two files were joined by hand.',
    advice: [repair],
  },
  'duplicate-bucket': {
    message: (f) => {
      const hides = numberOf(f, 'hides');
      const lost =
        hides === 0
          ? 'nothing is lost by it'
          : `${count(hides, 'reference')} hidden: ${list(f, 'references')}`;
      return `the repository ${quoted(f.repository ?? '')} is there twice, and a later one replaces this one: ${lost}`;
    },
    meaning:
      'The daemon takes the last of them as a whole, and does not know the references of the earlier ones.',
    cause: 'Two files were joined by hand or by a script that works on text.',
    advice: [{ text: 'Repair puts the hidden references back', command: 'refstore repair' }],
  },
  'duplicate-reference': {
    message: (f) =>
      `${entry(f)} is there twice: here at ${image(f)}, and the daemon takes the later one, at ${shortId(arg(f, 'used'))}`,
    meaning: 'Of two equal keys the daemon takes the last.',
    cause: 'The file was edited by hand or by a script that works on text.',
    advice: [repair],
  },
  'field-case': {
    message: (f) =>
      `the field is called ${quoted(arg(f, 'name'))}: the daemon reads it as Repositories, and other tools do not`,
    meaning: 'The daemon matches the name in any case and writes Repositories at its next save.',
    cause: 'The file was written by hand or by another program.',
    advice: [repair],
  },
  'unknown-field': {
    message: (f) =>
      `the field ${quoted(arg(f, 'name'))} means nothing to the daemon, which drops it at its next save`,
    meaning: 'There is no place in this file for anything but Repositories.',
    cause: 'A script left notes in the file.',
    advice: [{ text: 'Keep what it holds somewhere else' }, repair],
  },
  'invalid-utf8': {
    message: (f) =>
      `${count(numberOf(f, 'bytes'), 'byte')} not UTF-8: the daemon reads U+FFFD in their place, so that the names they stand in are other names`,
    meaning: 'A name with such a byte can be asked for by nobody.',
    cause: 'A bit flipped, or the file was saved in another encoding.',
    advice: [repair, { text: 'Give the image its name again', command: 'refstore tag IMAGE NAME:TAG' }],
  },
  'not-canonical': {
    message: () =>
      'white space, order or escapes differ from what the daemon writes; it reads the file all the same',
    meaning: 'No harm. The next save of the daemon rewrites it.',
    cause: 'The file was edited or formatted by hand.',
    advice: [repair],
  },
  'file-symlink': {
    message: (f) =>
      `the file is a symbolic link to ${quoted(arg(f, 'target'))}: Docker 28 reads it and fails at every save, older ones replace the link`,
    meaning:
      'With Docker 28 every pull, tag and rmi fails with `cannot write to a symbolic link directly`. Versions before replace the link by a file at the first save, and the target goes stale.',
    cause: 'Somebody moved the file to another disk. Only a whole data root can be moved.',
    advice: [
      {
        text: 'Put a copy in its place while the daemon is stopped',
        command: 'cp --remove-destination "$(readlink -f FILE)" FILE && chmod 600 FILE',
      },
    ],
  },
  'file-dangling-symlink': {
    message: (f) =>
      `the file is a symbolic link to ${quoted(arg(f, 'target'))}, where nothing is: Docker 28 does not start, older ones replace it by an empty store`,
    meaning:
      'Docker 28 stops with `cannot write to a symbolic link directly`. Versions before start, with every image nameless.',
    cause: 'A disk is not mounted, or the target was deleted.',
    advice: [
      {
        text: 'Mount the disk, then put a copy in place of the link',
        command: 'cp --remove-destination TARGET FILE',
      },
      {
        text: 'If the target is lost, take the link away and rebuild the file',
        command: 'rm FILE && refstore repair --restart',
      },
    ],
  },
  'not-a-file': {
    message: (f) =>
      `${quoted(arg(f, 'path'))} is ${f.args['kind'] === 'directory' ? 'a directory' : 'a pipe, socket or device'}: the daemon does not start`,
    meaning:
      'The daemon needs a file there. A directory makes it exit with `is a directory`; on a pipe it waits for ever.',
    cause:
      'A container or a Kubernetes pod mounted the path while the file was not there, which makes a directory.',
    advice: [
      {
        text: 'Move it away while the daemon is stopped, then rebuild the file',
        command: 'mv FILE FILE.away && refstore repair --restart',
      },
    ],
  },
  'file-mode': {
    message: (f) =>
      `the mode is ${arg(f, 'mode')} instead of 0600${f.args['isWritable'] ? ': others may write it' : ''}; the daemon sets it right at its next save`,
    meaning:
      'The daemon reads the file whatever its mode. Who may write it decides which program runs under a name.',
    cause: 'The file was restored or copied without its mode.',
    advice: [{ text: 'Set it', command: 'chmod 600 FILE' }],
  },
  'file-owner': {
    message: (f) =>
      `the owner is ${arg(f, 'uid')}:${arg(f, 'gid')}, the folder's is ${arg(f, 'wantedUid')}:${arg(f, 'wantedGid')}; the daemon sets it right at its next save`,
    meaning: 'The daemon reads the file whoever owns it. Its owner decides which program runs under a name.',
    cause: 'The file was restored or copied by another user.',
    advice: [{ text: 'Set it', command: 'chown --reference="$(dirname FILE)" FILE' }],
  },
  'leftover-temporary': {
    message: (f) =>
      `${quoted(arg(f, 'name'))} (${count(numberOf(f, 'size'), 'byte')}) was left by a save that did not finish; no engine reads or cleans it`,
    meaning:
      'It is harmless. It may hold a state of the store that is worth having when the file itself is damaged.',
    cause: 'The daemon or this tool was killed, or the machine lost power, between writing and renaming.',
    advice: [
      { text: 'See what it holds', command: 'refstore diff disk PATH' },
      { text: 'Then remove it', command: 'rm PATH' },
    ],
  },
  'stale-lock': {
    message: (f) => {
      const [holder, obstacle] = [arg(f, 'holder'), arg(f, 'obstacle')];
      if (obstacle !== '')
        return `no command can take the lock ${quoted(arg(f, 'path'))}: ${printable(obstacle)}`;
      return `the lock ${quoted(arg(f, 'path'))} has no holder any more${holder === '' ? '' : ` (it was ${holder})`}; the next command takes it over`;
    },
    meaning: 'A run of this tool was killed. The file is whole: it is replaced in one step or not at all.',
    cause:
      'The process was killed, or the machine lost power. Something that is no lock was put there by somebody else.',
    advice: [
      { text: 'A lock needs nothing to be done: the next command that writes takes it over' },
      { text: 'What is not refstore’s has to be removed', command: 'ls -la PATH' },
    ],
  },
} as const satisfies Record<string, RuleText>;
