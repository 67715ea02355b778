import { backups, rebuild } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { count, list } from '../../message.ts';

type Args = {
  readonly path: string;
  /** How many there are; absent where the image db was not read. */
  readonly images?: number;
  readonly leftovers: readonly string[];
};

export const fileMissing = defineRule<Args>({
  name: 'file-missing',
  category: 'file',
  severity: 'error',
  fix: 'proof',
  summary: 'there is no repositories.json, but there are images',
  *check({ facts: { file, dataRoot, imageStore } }) {
    const images = dataRoot?.images;
    if (file.kind !== 'missing' || imageStore?.kind === 'containerd') return;
    // A data root on which nothing was ever pulled: the daemon writes the file at its first start.
    if (images?.size === 0) return;
    yield {
      args: {
        path: file.path,
        ...(images === undefined ? {} : { images: images.size }),
        leftovers: file.leftovers.map((leftover) => leftover.name),
      },
    };
  },
  message: ({ args: { images, leftovers } }) => {
    const all = images === undefined ? 'every image' : count(images, 'image');
    const left = leftovers.length === 0 ? '' : `; left beside it: ${list(leftovers)}`;
    return `there is no repositories.json: at its next start the daemon writes an empty one, and ${all} will have no name${left}`;
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
});
