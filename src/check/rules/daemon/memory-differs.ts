import { defineRule } from '../../define-rule.ts';
import { entry, image, shortId } from '../../message.ts';

type Args = {
  /** What would have to be done to the file to make it the daemon's memory. */
  readonly op: 'add' | 'move' | 'remove';
  readonly from?: string;
};

export const memoryDiffers = defineRule<Args>({
  name: 'memory-differs',
  category: 'daemon',
  severity: 'warning',
  fix: 'none',
  summary: "the daemon's memory is not what the file says: a restart is pending, or an edit about to be lost",
  *check({ facts: { live } }) {
    for (const change of live?.differences ?? []) {
      const { op, repository, reference } = change;
      const imageId = op === 'remove' ? change.from : change.image;
      const args = op === 'move' ? { op, from: change.from } : { op };
      yield { repository, reference, imageId, args };
    }
  },
  message: (f) => {
    const { op, from = '' } = f.args;
    switch (op) {
      case 'remove':
        return `${entry(f)} at ${image(f)} is in the file, and the daemon does not know it: a restart is pending, and the next save of the daemon would drop it`;
      case 'add':
        return `the daemon has ${entry(f)} at ${image(f)}, and the file does not: a restart would lose it`;
      case 'move':
        return `${entry(f)} is at ${shortId(from)} in the file and at ${image(f)} in the daemon's memory`;
    }
  },
  meaning:
    'The daemon reads the file at its start only. Until it is restarted it works with what it has in memory, and whatever it saves next replaces the whole file.',
  cause: 'The file was edited while the daemon ran, or the daemon could not save a change.',
  advice: [
    { text: 'To keep what the file says, restart the daemon before it saves', command: 'refstore restart' },
    {
      text: 'To keep what the daemon has, make it save: any new tag writes the whole file',
      command: 'docker tag IMAGE refstore-rescue:1 && docker rmi refstore-rescue:1',
    },
    { text: 'See every difference', command: 'refstore diff disk live' },
  ],
});
