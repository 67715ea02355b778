import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';

type Args = { readonly isNull: boolean };

export const emptyBucket = defineRule<Args>({
  name: 'empty-bucket',
  category: 'entries',
  severity: 'info',
  fix: 'safe',
  summary: 'a repository without entries: ignored, and kept for ever',
  *check(context) {
    for (const { name, keys, isNull } of context.base.buckets()) {
      if (keys.length === 0) yield { repository: name, args: { isNull } };
    }
  },
  message: ({ repository = '', args: { isNull } }) =>
    `the repository ${quoted(repository)} is ${isNull ? 'null' : 'empty'}`,
  meaning: 'The daemon ignores it and keeps it for ever. It removes a repository with its last entry itself.',
  cause: 'The file was edited by hand or by a script.',
  advice: [repair],
});
