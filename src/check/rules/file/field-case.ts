import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { fieldsOf } from '../utils/fields.ts';

type Args = { readonly name: string };

export const fieldCase = defineRule<Args>({
  name: 'field-case',
  category: 'file',
  severity: 'info',
  fix: 'safe',
  summary: 'the field is not spelled Repositories: the daemon reads it all the same',
  *check(context) {
    for (const { name, offset, isRepositories } of fieldsOf(context)) {
      if (isRepositories && name !== 'Repositories') yield { at: context.placeAt(offset), args: { name } };
    }
  },
  message: ({ args: { name } }) =>
    `the field is called ${quoted(name)}: the daemon reads it as Repositories, and other tools do not`,
  meaning: 'The daemon matches the name in any case and writes Repositories at its next save.',
  cause: 'The file was written by hand or by another program.',
  advice: [repair],
});
