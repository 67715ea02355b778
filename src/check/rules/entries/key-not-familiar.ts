import { restart } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, quoted } from '../../message.ts';
import { type MisplacedArgs, misplacedOfForm } from '../utils/misplaced.ts';

export const keyNotFamiliar = defineRule<MisplacedArgs>({
  name: 'key-not-familiar',
  category: 'entries',
  severity: 'error',
  fix: 'safe',
  summary: 'a key like docker.io/library/alpine:1: listed, never found, not removable',
  check: (context) => misplacedOfForm(context, 'not-familiar'),
  message: (f) =>
    f.args.isTwice
      ? `${entry(f)} says what ${quoted(f.args.names)} says already, in a form that the daemon lists and never finds`
      : `${entry(f)} is listed as ${quoted(f.args.names)}, and the daemon neither finds nor removes it`,
  meaning:
    'docker images shows the tag, and inspect, run and rmi answer `No such image`. docker rmi -f of the image removes its good names first, then fails, and leaves this one.',
  cause:
    "Red Hat's docker 1.13 wrote docker.io/ in front of names; a script that writes the file without shortening the name does the same.",
  advice: [
    { text: 'Do not docker rmi -f the image: that removes the names that work' },
    {
      text: 'Repair renames the key, and merges it where the short one is there too',
      command: 'refstore repair',
    },
    restart,
  ],
});
