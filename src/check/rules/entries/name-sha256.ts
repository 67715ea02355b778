import { removeEntry, tagAgain } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry } from '../../message.ts';
import { keysOfForm } from '../utils/malformed-key.ts';

export const nameSha256 = defineRule({
  name: 'name-sha256',
  category: 'entries',
  severity: 'warning',
  fix: 'lossy',
  summary: 'a repository of the name sha256: reads as an image ID',
  check: (context) => keysOfForm(context, 'sha256'),
  message: (f) =>
    `${entry(f)} names a repository called sha256: the daemon refuses to make one, since it reads as an image ID`,
  meaning: 'It is listed as a tag. What looks like sha256:ID in a command is taken for the image of that ID.',
  cause: 'A script wrote the image ID as a reference, or the file comes from a very old daemon.',
  advice: [tagAgain, removeEntry('name-sha256')],
});
