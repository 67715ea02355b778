import { readBackup } from '../store/backups.ts';
import { type Transport, usage } from './claim-source.ts';
import { claimsOfFile } from './stored-claims.ts';

/** What the file held before one of our writes. */
export const backup: Transport = {
  name: 'backup',
  usage: 'backup:ID',
  summary: 'what the file held before a write (refstore backups lists them)',
  open(id) {
    if (id === '') throw usage('backup: needs the ID of a backup', 'refstore backups lists them');
    const spec = `backup:${id}`;
    return {
      spec,
      async claims({ location: { file } }) {
        const found = await readBackup(file, id);
        const detail = `backup of ${found.backup.time}`;
        return { claims: claimsOfFile(found.bytes, { source: spec, proof: 'backup', detail }), problems: [] };
      },
    };
  },
};
