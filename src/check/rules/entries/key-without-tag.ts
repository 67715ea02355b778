import { removeEntry, tagAgain } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry } from '../../message.ts';
import { keysOfForm } from '../utils/malformed-key.ts';

export const keyWithoutTag = defineRule({
  name: 'key-without-tag',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'a key with neither tag nor digest: never found',
  check: (context) => keysOfForm(context, 'no-tag'),
  message: (f) =>
    `${entry(f)} has neither tag nor digest: the daemon asks for :latest or a tag, and never finds it`,
  meaning: 'The entry does nothing, and stays for ever.',
  cause: 'The file was written by hand: keys are whole references (alpine:3.20), not tags (3.20).',
  advice: [tagAgain, removeEntry('key-without-tag')],
});
