import { defineRule } from '../../define-rule.ts';
import { count, quoted } from '../../message.ts';

type Args = { readonly path: string; readonly name: string; readonly size: number };

export const leftoverTemporary = defineRule<Args>({
  name: 'leftover-temporary',
  category: 'file',
  severity: 'info',
  fix: 'none',
  summary: 'a temporary file that no engine ever reads or cleans',
  *check({ facts: { file } }) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    for (const { name, size } of file.leftovers) yield { args: { path: folder + name, name, size } };
  },
  message: ({ args: { name, size } }) =>
    `${quoted(name)} (${count(size, 'byte')}) was left by a save that did not finish; no engine reads or cleans it`,
  meaning:
    'It is harmless. It may hold a state of the store that is worth having when the file itself is damaged.',
  cause: 'The daemon or this tool was killed, or the machine lost power, between writing and renaming.',
  advice: [
    { text: 'See what it holds', command: 'refstore diff disk PATH' },
    { text: 'Then remove it', command: 'rm PATH' },
  ],
});
