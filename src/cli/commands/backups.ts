import type { ExaminedBackup } from '../../store/backups.ts';
import { defineCommand } from '../framework/command.ts';
import { formatTable } from '../framework/table.ts';
import { requireNamedFile } from '../target/no-file.ts';
import { openTarget } from '../target/target.ts';

export const backups = defineCommand({
  name: 'backups',
  description:
    'Lists the bytes that earlier writes replaced and that `backup` kept, newest first: how many entries Docker would find in each (broken: it would not start), and why it was made. They are in repositories.json.backups/ beside the file; the newest 10 stay, and a broken file pushes no good one out.',
  options: {},
  positionals: {},
  examples: [
    { line: 'backups', what: 'what there is to go back to' },
    { line: 'diff backup:latest-good disk', what: 'what has changed since the newest good one' },
  ],
  async run(_args, context) {
    const store = await openTarget(context, { mayBeMissing: true });
    const found = await store.backups();
    if (found.length === 0) await requireNamedFile(store.location);
    const { out } = context;
    if (out.json) {
      await out.printJson('backups', {
        backups: found.map(backupDocument),
      });
    } else if (found.length === 0)
      await out.note(`no backups: nothing has been written here yet; ${context.program} backup makes one`);
    else await out.print(formatTable(columns, found, out.columns, out.colours, { titled: !out.quiet }));
    return 0;
  },
});

/** A backup in a JSON document. */
export function backupDocument(backup: ExaminedBackup): Readonly<Record<string, unknown>> {
  const { id, time, sha256, size, entries, sound, reason, file } = backup;
  return { id, time, sha256, size, entries: entries ?? null, sound, reason: reason ?? null, file };
}

const columns = [
  { title: 'ID', text: (backup: ExaminedBackup) => backup.id },
  { title: 'TIME', text: (backup: ExaminedBackup) => backup.time },
  {
    title: 'ENTRIES',
    text: ({ entries }: ExaminedBackup) => (entries === undefined ? 'broken' : String(entries)),
  },
  { title: 'WHY', text: (backup: ExaminedBackup) => backup.reason ?? '-' },
  { title: 'BYTES', text: (backup: ExaminedBackup) => String(backup.size) },
  {
    title: 'SHA256',
    text: (backup: ExaminedBackup) => backup.sha256,
    short: (backup: ExaminedBackup) => backup.sha256.slice(0, 12),
  },
];
