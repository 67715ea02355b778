import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { fieldsOf } from '../utils/fields.ts';

type Args = { readonly name: string; readonly kind: string };

export const unknownField = defineRule<Args>({
  name: 'unknown-field',
  category: 'file',
  severity: 'warning',
  fix: 'safe',
  summary: 'a field that the daemon ignores and drops at its next save',
  *check(context) {
    for (const { name, offset, isRepositories, valueKind } of fieldsOf(context)) {
      if (!isRepositories) yield { at: context.placeAt(offset), args: { name, kind: valueKind } };
    }
  },
  message: ({ args: { name } }) =>
    `the field ${quoted(name)} means nothing to the daemon, which drops it at its next save`,
  meaning: 'There is no place in this file for anything but Repositories.',
  cause: 'A script left notes in the file.',
  advice: [{ text: 'Keep what it holds somewhere else' }, repair],
});
