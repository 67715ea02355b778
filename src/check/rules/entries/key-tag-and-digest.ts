import { removeEntry, tagAgain } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry } from '../../message.ts';
import { keysOfForm } from '../utils/malformed-key.ts';

export const keyTagAndDigest = defineRule({
  name: 'key-tag-and-digest',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'a key with tag and digest: listed, never found',
  check: (context) => keysOfForm(context, 'tag-and-digest'),
  message: (f) =>
    `${entry(f)} has both tag and digest: it is listed, and the daemon neither finds nor removes it`,
  meaning: 'A request for name:tag@digest asks for name@digest. The store keeps the two as two entries.',
  cause: 'A script wrote the reference as it stood in a compose file.',
  advice: [
    tagAgain,
    { text: 'Add the digest with proof', command: 'refstore digests restore --from SOURCE --restart' },
    removeEntry('key-tag-and-digest'),
  ],
});
