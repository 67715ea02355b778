import type { Backup } from '../../store/backups.ts';
import { defineCommand } from '../command.ts';
import { requireNamedFile } from '../no-file.ts';
import { formatTable } from '../table.ts';
import { openTarget } from '../target.ts';

export const backups = defineCommand({
  name: 'backups',
  description:
    'Lists the bytes that earlier writes replaced, newest first. Each write keeps them in repositories.json.backups/ beside the file; the newest 10 stay.',
  options: {},
  positionals: {},
  examples: [
    { line: 'backups', what: 'what there is to go back to' },
    { line: 'diff backup:ID disk', what: 'what has changed since one of them' },
  ],
  async run(_args, context) {
    const store = await openTarget(context, { mayBeMissing: true });
    const found = await store.backups();
    if (found.length === 0) await requireNamedFile(store.location);
    const { out } = context;
    if (out.json) {
      await out.printJson('backups', {
        backups: found.map(({ id, time, sha256, size, file }) => ({ id, time, sha256, size, file })),
      });
    } else if (found.length === 0) await out.note('no backups: nothing has been written here yet');
    else await out.print(formatTable(columns, found, out.columns, out.colours, { titled: !out.quiet }));
    return 0;
  },
});

const columns = [
  { title: 'ID', text: (backup: Backup) => backup.id },
  { title: 'TIME', text: (backup: Backup) => backup.time },
  { title: 'BYTES', text: (backup: Backup) => String(backup.size) },
  {
    title: 'SHA256',
    text: (backup: Backup) => backup.sha256,
    short: (backup: Backup) => backup.sha256.slice(0, 12),
  },
];
