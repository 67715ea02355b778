import { defineCommand } from '../framework/command.ts';
import { count } from '../framework/options.ts';
import { requireNamedFile } from '../target/no-file.ts';
import { openTarget } from '../target/target.ts';
import { lockWait } from '../write/lock-wait.ts';
import { backupDocument } from './backups.ts';

export const backup = defineCommand({
  name: 'backup',
  description:
    'Keeps the bytes of the file as they are now, also while a daemon runs; the file itself is not written. Bytes that the newest backup holds already are not kept twice. A broken file is kept too, and is said to be broken: it pushes no good backup out.',
  options: {
    keep: count('N', 'how many backups stay, from 1 (default: 10, or as many as there are)'),
  },
  positionals: {},
  examples: [
    { line: 'backup', what: 'before work on the host; docs/boot.md has a timer' },
    { line: 'backup --keep 30', what: 'the newest 30 stay' },
  ],
  statuses: { 4: 'the lock could not be acquired', 5: 'the backup could not be made' },
  writes: true,
  async run({ options: { keep } }, context) {
    const store = await openTarget(context, { mayBeMissing: true });
    await requireNamedFile(store.location);
    const { backup: made, isNew } = await store.backup({ keep, ...lockWait(context) });
    const { out } = context;
    if (made.entries === undefined) {
      await out.warn(
        out.errorColours.yellow(
          `warning: the file is broken, Docker would not start on it: ${context.program} check says more`,
        ),
      );
    }
    if (out.json) {
      await out.printJson('backup', { file: store.location.file, made: isNew, backup: backupDocument(made) });
    } else if (isNew) await out.print(`backup made: ${made.id}\n`);
    else await out.print(`nothing to keep: the newest backup has the same bytes: ${made.id}\n`);
    return 0;
  },
});
