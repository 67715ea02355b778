import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { printable } from '../../printable.ts';

type Args = {
  readonly path: string;
  readonly reason: string;
  /** Which images there are is not known. */
  readonly isImageDb?: boolean;
};

export const notExamined = defineRule<Args>({
  name: 'not-examined',
  category: 'data-root',
  severity: 'warning',
  fix: 'none',
  summary: 'something in the data root could not be read or was passed over',
  *check({ facts: { dataRoot } }) {
    const { imagesUnread } = dataRoot ?? {};
    // No other rule can then tell a reference that resolves from one that does not.
    if (imagesUnread !== undefined) yield { severity: 'error', args: { ...imagesUnread, isImageDb: true } };
    for (const { path, reason } of dataRoot?.problems ?? []) yield { args: { path, reason } };
  },
  message: ({ args: { path, reason, isImageDb } }) =>
    isImageDb
      ? `the image db could not be read, so whether references resolve is not known: ${quoted(path)}: ${printable(reason)}`
      : `${quoted(path)} was not examined: ${printable(reason)}`,
  meaning:
    'What depends on it was not checked. Where it is the image db, nothing is said of ghosts, of unnamed images or of containers, and a repair neither adds names nor removes ghosts.',
  cause: 'No permission, a symbolic link, an odd name, or a file over the limit.',
  advice: [
    { text: 'Run the check as root', command: 'sudo refstore check' },
    {
      text: 'Links that lead out of the data root are not followed: name the file by its real path, if it lies in a whole data root there',
      command: 'refstore check --file REAL_DATA_ROOT/image/DRIVER/repositories.json',
    },
  ],
});
