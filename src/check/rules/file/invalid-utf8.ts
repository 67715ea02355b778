import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { count } from '../../message.ts';

type Args = { readonly bytes: number };

export const invalidUtf8 = defineRule<Args>({
  name: 'invalid-utf8',
  category: 'file',
  severity: 'warning',
  fix: 'safe',
  summary: 'bytes that are not UTF-8: the daemon reads U+FFFD in their place',
  *check(context) {
    if (context.decoded === undefined || context.isCanonical) return;
    const [first] = context.scan.invalidUtf8;
    if (first === undefined) return;
    yield { at: context.placeAt(first), args: { bytes: context.scan.invalidUtf8.length } };
  },
  message: ({ args: { bytes } }) =>
    `${count(bytes, 'byte')} not UTF-8: the daemon reads U+FFFD in their place, so that the names they stand in are other names`,
  meaning: 'A name with such a byte can be asked for by nobody.',
  cause: 'A bit flipped, or the file was saved in another encoding.',
  advice: [repair, { text: 'Give the image its name again', command: 'refstore tag IMAGE NAME:TAG' }],
});
