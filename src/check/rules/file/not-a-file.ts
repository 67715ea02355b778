import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';

type Args = { readonly path: string; readonly kind: 'directory' | 'other' };

export const notAFile = defineRule<Args>({
  name: 'not-a-file',
  category: 'file',
  severity: 'fatal',
  fix: 'none',
  summary: 'a directory, pipe, socket or device stands where the file should be',
  *check({ facts: { file } }) {
    const { kind, path } = file;
    if (kind === 'directory' || kind === 'other') yield { args: { path, kind } };
  },
  message: ({ args: { path, kind } }) =>
    `${quoted(path)} is ${kind === 'directory' ? 'a directory' : 'a pipe, socket or device'}: the daemon does not start`,
  meaning:
    'The daemon needs a file there. A directory makes it exit with `is a directory`; on a pipe it waits for ever.',
  cause:
    'A container or a Kubernetes pod mounted the path while the file was not there, which makes a directory.',
  advice: [
    {
      text: 'Move it away while the daemon is stopped, then rebuild the file',
      command: 'mv FILE FILE.away && refstore repair --restart',
    },
  ],
});
