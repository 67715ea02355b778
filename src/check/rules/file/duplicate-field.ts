import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { mayHaveDuplicates } from '../utils/duplicates.ts';

type Args = { readonly name: string; readonly times: number };

export const duplicateField = defineRule<Args>({
  name: 'duplicate-field',
  category: 'file',
  severity: 'info',
  fix: 'safe',
  summary: 'the field Repositories stands there more than once: the daemon merges them',
  *check(context) {
    if (!mayHaveDuplicates(context)) return;
    const fields = context.scan.fields.filter((field) => field.isRepositories);
    for (const { offset, name } of fields.slice(1)) {
      yield { at: context.placeAt(offset), args: { name, times: fields.length } };
    }
  },
  message: ({ args: { name, times } }) =>
    `the field ${quoted(name)} is there ${times} times: the daemon merges them, and other tools see only the last`,
  meaning: 'The daemon reads both into one map. jq, Python and JavaScript keep the last only.',
  cause: 'Two files were joined by hand.',
  advice: [repair],
});
