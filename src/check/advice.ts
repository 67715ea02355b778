import type { Advice } from './define-rule.ts';

/** Advice that several rules share. */

export const repair: Advice = {
  text: 'Let refstore repair it; it shows its plan first and keeps the old file',
  command: 'refstore repair',
};

export const restart: Advice = {
  text: 'A running daemon does not notice: have it stopped for the write and started again',
  command: 'refstore repair --restart',
};

export const rebuild: Advice = {
  text: 'Save what is whole and fill the gaps from what proves itself: the pulls that the daemon kept, containers, its memory if it runs',
  command: 'refstore repair --restart',
};

export const backups: Advice = {
  text: 'If this tool wrote the file before, an earlier state can be believed too',
  command: 'refstore backups && refstore repair --from backup:ID',
};

export const pull: Advice = {
  text: 'With a registry at hand, pull it again',
  command: 'docker pull NAME:TAG',
};

export const load: Advice = {
  text: 'Without one, load it from an archive that has it',
  command: 'refstore load --restart ARCHIVE',
};

export const tagAgain: Advice = {
  text: 'Give the image a name that works',
  command: 'refstore tag IMAGE NAME:TAG',
};

/** @param rule name of the rule whose entries are removed */
export function removeEntry(rule: string): Advice {
  return { text: 'Remove the entry; docker rmi cannot', command: `refstore repair --lossy ${rule}` };
}

const doNotDelete: Advice = {
  text: 'Do not start the daemon on a deleted file: every image loses its name, and the next docker image prune removes those that have none',
};

/** For a service that systemd does not start any more. */
export const resetFailed: Advice = {
  text: 'Where systemd gave up restarting the daemon, clear its counter before the start',
  command: 'systemctl reset-failed docker && systemctl start docker',
};

/** For a file on which the daemon does not start. */
export const refusedFile: readonly Advice[] = [doNotDelete, rebuild, backups, resetFailed];
