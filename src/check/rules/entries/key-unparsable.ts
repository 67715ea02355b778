import { removeEntry, tagAgain } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry } from '../../message.ts';
import { keysOfForm } from '../utils/malformed-key.ts';

export const keyUnparsable = defineRule({
  name: 'key-unparsable',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'a key that is no reference: it hides its whole repository',
  check: (context) => keysOfForm(context, 'unparsable'),
  message: (f) =>
    `${entry(f)} is no reference: nothing can ask for it, and by name the daemon lists nothing of its repository`,
  meaning:
    'One such key makes the daemon answer nothing when it lists the repository by name. The entry stays for ever.',
  cause:
    'The file was written by a script (name:@sha256:… is a known one), edited by hand, or a bit flipped.',
  advice: [tagAgain, removeEntry('key-unparsable')],
});
