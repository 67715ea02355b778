import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';

type Args = { readonly path: string; readonly target: string };

export const fileDanglingSymlink = defineRule<Args>({
  name: 'file-dangling-symlink',
  category: 'file',
  severity: 'fatal',
  fix: 'none',
  summary: 'a symbolic link to nothing: newer daemons do not start, older ones replace it by an empty store',
  *check({ facts: { file } }) {
    const { kind, link, path } = file;
    if (kind === 'symlink' && link?.dangling === true) yield { args: { path, target: link.target } };
  },
  message: ({ args: { target } }) =>
    `the file is a symbolic link to ${quoted(target)}, where nothing is: Docker 28 does not start, older ones replace it by an empty store`,
  meaning:
    'Docker 28 stops with `cannot write to a symbolic link directly`. Versions before start, with every image nameless.',
  cause: 'A disk is not mounted, or the target was deleted.',
  advice: [
    {
      text: 'Mount the disk, then put a copy in place of the link',
      command: 'cp --remove-destination TARGET FILE',
    },
    {
      text: 'If the target is lost, take the link away and rebuild the file',
      command: 'rm FILE && refstore repair --restart',
    },
  ],
});
