import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';

type Args = { readonly path: string; readonly target: string };

export const fileSymlink = defineRule<Args>({
  name: 'file-symlink',
  category: 'file',
  severity: 'error',
  fix: 'none',
  summary: 'a symbolic link: newer daemons read it, and cannot save',
  *check({ facts: { file } }) {
    const { kind, link, path } = file;
    if (kind === 'symlink' && link?.dangling !== true) yield { args: { path, target: link?.target ?? '' } };
  },
  message: ({ args: { target } }) =>
    `the file is a symbolic link to ${quoted(target)}: Docker 28 reads it and fails at every save, older ones replace the link`,
  meaning:
    'With Docker 28 every pull, tag and rmi fails with `cannot write to a symbolic link directly`. Versions before replace the link by a file at the first save, and the target goes stale.',
  cause: 'Somebody moved the file to another disk. Only a whole data root can be moved.',
  advice: [
    {
      text: 'Put a copy in its place while the daemon is stopped',
      command: 'cp --remove-destination "$(readlink -f FILE)" FILE && chmod 600 FILE',
    },
  ],
});
