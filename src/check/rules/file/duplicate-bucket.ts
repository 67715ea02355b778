import { defineRule } from '../../define-rule.ts';
import { count, list, quoted } from '../../message.ts';
import { hiddenRepositories } from '../utils/duplicates.ts';

type Args = {
  /** How many references the daemon does not have because of it. */
  readonly hides: number;
  readonly references: readonly string[];
};

const maxNames = 20;

export const duplicateBucket = defineRule<Args>({
  name: 'duplicate-bucket',
  category: 'file',
  severity: 'warning',
  fix: 'safe',
  summary: 'a repository stands there twice: the daemon takes the later one only',
  *check(context) {
    for (const { name, entries, offset } of hiddenRepositories(context)) {
      const lost = entries.filter(({ reference }) => context.base.entry(name, reference) === undefined);
      const references = [...new Set(lost.map((entry) => entry.reference))];
      yield {
        repository: name,
        at: context.placeAt(offset),
        ...(references.length === 0 ? {} : { severity: 'error' }),
        args: { hides: references.length, references: references.slice(0, maxNames) },
      };
    }
  },
  message: ({ repository = '', args: { hides, references } }) => {
    const lost =
      hides === 0 ? 'nothing is lost by it' : `${count(hides, 'reference')} hidden: ${list(references)}`;
    return `the repository ${quoted(repository)} is there twice, and a later one replaces this one: ${lost}`;
  },
  meaning:
    'The daemon takes the last of them as a whole, and does not know the references of the earlier ones.',
  cause: 'Two files were joined by hand or by a script that works on text.',
  advice: [{ text: 'Repair puts the hidden references back', command: 'refstore repair' }],
});
