import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { printable } from '../../printable.ts';
import { decidable, type OriginArgs, origin, originOf, readRequired } from '../utils/required.ts';

type Args = OriginArgs & { readonly reason: string };

export const requiredInvalid = defineRule<Args>({
  name: 'required-invalid',
  category: 'required',
  severity: 'error',
  fix: 'none',
  summary: 'a required reference is not a valid reference',
  *check(context) {
    for (const required of decidable(context)) {
      const reason = readRequired(required.reference);
      if (typeof reason !== 'string') continue;
      yield { reference: required.reference, args: { ...originOf(required), reason } };
    }
  },
  message: ({ reference = '', args }) =>
    `${quoted(reference)} in ${origin(args)} is no reference: ${printable(args.reason)}`,
  meaning: 'No engine would accept it.',
  cause: 'A mistake in the list, or the file is no list of references.',
  advice: [{ text: 'Correct it: name[:tag][@digest], one on each line' }],
});
