import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { printable } from '../../printable.ts';

type Args = {
  readonly path: string;
  /** What keeps anybody from taking the lock. */
  readonly obstacle?: string;
  /** Who held it, as far as it is known. */
  readonly holder?: string;
};

export const staleLock = defineRule<Args>({
  name: 'stale-lock',
  category: 'file',
  severity: 'info',
  fix: 'none',
  summary: 'a lock whose holder is gone, or something else in its place',
  *check({ facts: { file } }) {
    const { lock } = file;
    if (lock?.obstacle !== undefined)
      yield { severity: 'warning', args: { path: lock.path, obstacle: lock.obstacle } };
    else if (lock?.stale) yield { args: { path: lock.path, holder: lock.holder ?? '' } };
  },
  message: ({ args: { path, obstacle, holder = '' } }) => {
    if (obstacle !== undefined) return `no command can take the lock ${quoted(path)}: ${printable(obstacle)}`;
    const was = holder === '' ? '' : ` (it was ${printable(holder)})`;
    return `the lock ${quoted(path)} has no holder any more${was}; the next command takes it over`;
  },
  meaning: 'A run of this tool was killed. The file is whole: it is replaced in one step or not at all.',
  cause:
    'The process was killed, or the machine lost power. Something that is no lock was put there by somebody else.',
  advice: [
    { text: 'A lock needs nothing to be done: the next command that writes takes it over' },
    { text: 'What is not refstore’s has to be removed', command: 'ls -la PATH' },
  ],
});
