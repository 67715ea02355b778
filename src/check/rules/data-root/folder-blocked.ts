import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { printable } from '../../printable.ts';

type Args = { readonly path: string; readonly reason: string };

export const folderBlocked = defineRule<Args>({
  name: 'folder-blocked',
  category: 'data-root',
  severity: 'fatal',
  fix: 'none',
  summary: 'something else stands where the daemon needs a folder: it does not start',
  *check({ facts: { dataRoot } }) {
    for (const { path, reason } of dataRoot?.blockedFolders ?? []) yield { args: { path, reason } };
  },
  message: ({ args: { path, reason } }) =>
    `the daemon needs a folder at ${quoted(path)} and does not start: ${printable(reason)}`,
  meaning: 'The daemon makes or lists this folder at each start, and stops with "not a directory".',
  cause:
    'A script or a copy put a file in the place of the folder, or a repair of the file system took its content away.',
  advice: [
    { text: 'Move it out of the way; the daemon makes an empty folder', command: 'mv PATH /root/' },
    {
      text: 'Of imagedb, layerdb and containers an empty folder means no images or containers: put the folder back from a backup, if there is one, before you start the daemon',
    },
  ],
});
