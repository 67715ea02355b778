import type { AnyCommand } from './framework/command.ts';
import { UsageError } from './framework/usage-error.ts';

/** A command in the list: what can be said of it without loading it. */
export interface CommandEntry {
  /** One word, or a group and a word: `digests export`. */
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  readonly group: 'look' | 'change' | 'daemon';
  load(): Promise<AnyCommand>;
}

/** Every command, in the order of the help. Its module is loaded when it is run: start-up stays light. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'status',
    group: 'look',
    summary: 'show the image store in use and why, the daemon, the data root, what the file holds',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'ls',
    group: 'look',
    summary: 'list the references and their images',
    load: async () => (await import('./commands/ls.ts')).ls,
  },
  {
    name: 'resolve',
    group: 'look',
    summary: 'show the image that the daemon finds for a reference, and its other names',
    load: async () => (await import('./commands/resolve.ts')).resolve,
  },
  {
    name: 'check',
    group: 'look',
    summary: 'find what is wrong or unusual in the store',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'diff',
    group: 'look',
    summary: "compare two of: a file, the disk, the daemon's memory, a backup",
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'patch',
    group: 'change',
    summary: 'apply a patch document',
    load: async () => (await import('./commands/patch.ts')).patch,
  },
  {
    name: 'merge',
    group: 'change',
    summary: 'add the entries of another file, one by one',
    load: async () => (await import('./commands/merge.ts')).merge,
  },
  {
    name: 'tag',
    group: 'change',
    summary: 'add a tag, or move it with --force',
    load: async () => (await import('./commands/tag.ts')).tag,
  },
  {
    name: 'untag',
    group: 'change',
    summary: 'remove references',
    load: async () => (await import('./commands/untag.ts')).untag,
  },
  {
    name: 'repair',
    group: 'change',
    summary: 'check, plan the fix, show the plan, carry it out, check again',
    load: async () => (await import('./commands/repair.ts')).repair,
  },
  {
    name: 'digests export',
    group: 'look',
    summary: 'write a lock document: digests, and the manifests that prove them',
    load: async () => (await import('./commands/digests-export.ts')).digestsExport,
  },
  {
    name: 'digests restore',
    group: 'change',
    summary: 'add the digests that a source proves to the images on this host',
    load: async () => (await import('./commands/digests-restore.ts')).digestsRestore,
  },
  {
    name: 'verify',
    group: 'look',
    summary: 'check whether each digest holds, in either image store',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'load',
    group: 'change',
    summary: 'load image archives and keep their digests, in either image store',
    load: async () => (await import('./commands/load.ts')).load,
  },
  {
    name: 'backup',
    group: 'change',
    summary: 'make a backup of the file now',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'backups',
    group: 'look',
    summary: 'list the backups: what is in each, and why it was made',
    load: async () => (await import('./commands/backups.ts')).backups,
  },
  {
    name: 'rollback',
    group: 'change',
    summary: 'restore a backup of the file',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'restart',
    group: 'daemon',
    summary: 'restart the daemon, wait until it answers, and compare its memory with the file',
    load: async () => (await import('./commands/restart.ts')).restart,
  },
  {
    name: 'explain',
    group: 'look',
    summary: "say what a finding, or a line of the daemon's log, means, and what to do",
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'completion',
    group: 'look',
    summary: 'print the completion script of a shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];

/** The commands of a group; none for what is no group. */
export function commandsOf(group: string): readonly CommandEntry[] {
  return commands.filter(({ name }) => name.startsWith(`${group} `));
}

export function isGroup(word: string): boolean {
  return commandsOf(word).length > 0;
}

/** @throws UsageError with the name that may have been meant */
export async function findCommand(name: string): Promise<CommandEntry> {
  const found = commands.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const [group = ''] = name.split(' ');
  const members = commandsOf(group).map((entry) => entry.name.slice(group.length + 1));
  if (members.length > 0) {
    const given = name.slice(group.length + 1);
    throw new UsageError(
      given === '' ? `${group} what?` : `${group} has no ${JSON.stringify(given)}`,
      `it is one of ${members.map((member) => `${group} ${member}`).join(', ')}`,
    );
  }
  const { nearest } = await import('./framework/nearest.ts');
  const near = nearest(
    name,
    commands.map((entry) => entry.name),
  );
  throw new UsageError(
    `there is no command ${JSON.stringify(name)}`,
    near === undefined ? '--help lists the commands' : `did you mean ${near}?`,
  );
}
