import { removeEntry, tagAgain } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry } from '../../message.ts';
import { keysOfForm } from '../utils/malformed-key.ts';

export const keyNotReversible = defineRule({
  name: 'key-not-reversible',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'the familiar form of the key reads back to another repository',
  check: (context) => keysOfForm(context, 'not-reversible'),
  message: (f) =>
    `${entry(f)} has no short form that leads back to it: the daemon would look for another repository`,
  meaning:
    'Docker shortens docker.io/foo.io/x to foo.io/x, and reads that as the registry foo.io. Under either name it finds nothing, or the image of the other repository.',
  cause: 'A repository on Docker Hub whose first part looks like a host.',
  advice: [tagAgain, removeEntry('key-not-reversible')],
});
