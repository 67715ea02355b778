import type { Finding } from '../finding.ts';
import {
  type Advice,
  arg,
  count,
  items,
  list,
  numberOf,
  quoted,
  type RuleText,
  repair,
} from './rule-text.ts';

const keep: Advice = {
  text: 'Do not start the daemon on a deleted file: every image loses its name, and the next docker image prune removes those that have none',
};

export const rebuild: Advice = {
  text: 'Save what is whole and fill the gaps from what proves itself: the pulls that the daemon kept, containers, its memory if it runs',
  command: 'refstore repair --restart',
};

export const backups: Advice = {
  text: 'If this tool wrote the file before, an earlier state can be believed too',
  command: 'refstore backups && refstore repair --from backup:ID',
};

const loop: Advice = {
  text: 'Where systemd gave up restarting the daemon, clear its counter before the start',
  command: 'systemctl reset-failed docker && systemctl start docker',
};

const refusedAdvice: readonly Advice[] = [keep, rebuild, backups, loop];

/** The end of each message about a file on which the daemon does not start. */
function saved(finding: Finding): string {
  const whole = numberOf(finding, 'whole');
  const torn = items(finding, 'torn');
  const damaged = torn.length === 0 ? '' : `; damaged: ${list(finding, 'torn')}`;
  const begun =
    finding.args['begun'] === undefined
      ? ''
      : `; lost: a name that begins with ${quoted(arg(finding, 'begun'))}`;
  const can =
    whole === 0 ? 'no entry can be read' : `${count(whole, 'whole entry', 'whole entries')} can be saved`;
  return `the daemon does not start (${arg(finding, 'daemonMessage')}); ${can}${damaged}${begun}`;
}

export function looks(finding: Finding): string {
  const word = finding.args['word'] === undefined ? '' : `, beginning with ${quoted(arg(finding, 'word'))}`;
  return `it looks like ${arg(finding, 'look')}${word}`;
}

/** No file, or one on which the daemon does not start. */
export const refusedTexts = {
  'file-missing': {
    message: (f) => {
      const images = f.args['images'] === undefined ? 'every image' : count(numberOf(f, 'images'), 'image');
      const left = items(f, 'leftovers').length === 0 ? '' : `; left beside it: ${list(f, 'leftovers')}`;
      return `there is no repositories.json: at its next start the daemon writes an empty one, and ${images} will have no name${left}`;
    },
    meaning:
      'The daemon starts without a warning and writes an empty store at once. All images become <none>, and the next docker image prune, even without -a, deletes those that no container uses.',
    cause:
      'Somebody deleted the file to get the daemon to start, or a backup left it out. While the daemon still runs it has everything in memory, and its next save writes the file again.',
    advice: [
      {
        text: 'If the daemon still runs, make it save: any new tag writes the whole file from memory',
        command: 'docker tag IMAGE refstore-rescue:1 && docker rmi refstore-rescue:1',
      },
      { text: 'Otherwise do not start it yet, and do not prune' },
      rebuild,
      backups,
    ],
  },
  'file-empty': {
    message: (f) =>
      `the file ${numberOf(f, 'size') === 0 ? 'is empty' : 'holds nothing but white space'}: ${saved(f)}`,
    meaning:
      'The daemon refuses the file and exits. Images, containers and volumes are untouched; only the names are gone.',
    cause:
      'The disk was full, or power failed before the bytes reached the disk (the folder is never synced). Scripts that redirect jq onto the live file do it too, when jq fails.',
    advice: refusedAdvice,
  },
  'file-cut': {
    message: (f) => `${arg(f, 'reason')}: ${saved(f)}`,
    meaning: 'The file was longer. What stands before the cut is whole, what came after is gone.',
    cause: 'The disk was full or power failed during a write, or a copy was interrupted.',
    advice: refusedAdvice,
  },
  'file-nul': {
    message: (f) => `NUL bytes stand in the file: ${saved(f)}`,
    meaning:
      'The file has its length, and blocks of it were never written. The daemon refuses it and exits. What stands around the NUL bytes is whole.',
    cause:
      'Power failed, or a virtual machine was stopped hard, after the rename and before the data reached the disk.',
    advice: [...refusedAdvice, { text: 'Check the file system as well', command: 'dmesg | grep -i error' }],
  },
  'file-foreign': {
    message: (f) => `the file holds something else, ${looks(f)}: ${saved(f)}`,
    meaning:
      "Blocks of another file stand where the store should be. The daemon refuses it and exits with `invalid character '…' looking for beginning of value`.",
    cause:
      'The file system gave the blocks to two files after a power cut, a script wrote the wrong file, or the wrong file was copied here.',
    advice: [
      ...refusedAdvice,
      {
        text: 'Check the file system: other files may have been hit',
        command: 'umount DEVICE && fsck -f DEVICE',
      },
    ],
  },
  'file-encoding': {
    message: (f) => `the file begins with a byte order mark or is UTF-16: ${saved(f)}`,
    meaning: 'The text is whole, in an encoding that the daemon does not read. Nothing is lost.',
    cause: 'An editor or a script on Windows saved the file (PowerShell writes UTF-16 by default).',
    advice: [repair, loop],
  },
  'file-syntax': {
    message: (f) => `${arg(f, 'reason')}: ${saved(f)}`,
    meaning: 'The file is not valid JSON, so the daemon refuses all of it.',
    cause:
      'The file was edited by hand or by a script: a comma, a bracket, single quotes. The daemon itself never writes this.',
    advice: [
      ...refusedAdvice,
      { text: 'Edit with a tool that cannot break it', command: 'refstore tag IMAGE NAME:TAG' },
    ],
  },
  'file-type': {
    message: (f) => `${arg(f, 'reason')}: ${saved(f)}`,
    meaning:
      'The JSON is valid and has the wrong shape. One wrong value, and the daemon refuses the whole file.',
    cause: 'The file was written by hand or by a script.',
    advice: refusedAdvice,
  },
  'file-null': {
    message: () => 'the file says null: the daemon crashes when it starts (SIGSEGV)',
    meaning: 'The daemon reads null into its store and panics. No name is in the file.',
    cause: 'A script wrote what jq gave for a field that was not there.',
    advice: refusedAdvice,
  },
  'file-too-deep': {
    message: (f) => `${arg(f, 'reason')}: ${saved(f)}`,
    meaning: 'JSON with more than 10000 open brackets is refused, also in fields that the daemon ignores.',
    cause: 'The file was made by hand. No tool writes this by accident.',
    advice: refusedAdvice,
  },
} as const satisfies Record<string, RuleText>;
