import { restart } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { type MisplacedArgs, misplacedOfForm } from '../utils/misplaced.ts';

export const wrongBucket = defineRule<MisplacedArgs>({
  name: 'wrong-bucket',
  category: 'entries',
  severity: 'error',
  fix: 'safe',
  summary: 'a key that stands in another repository: listed, never found, not removable',
  check: (context) => misplacedOfForm(context, 'wrong-bucket'),
  message: ({ reference = '', repository = '', args: { belongs } }) =>
    `${quoted(reference)} stands in the repository ${quoted(repository)}: it is listed, and the daemon, which looks in ${quoted(belongs)}, neither finds nor removes it`,
  meaning: 'docker images shows the tag, and inspect, run and rmi answer `No such image`.',
  cause: 'The file was written by a script or edited by hand.',
  advice: [{ text: 'Repair moves it to its repository', command: 'refstore repair' }, restart],
});
