import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { type RefusedArgs, refusedAs } from '../utils/refused.ts';

export const fileNull = defineRule<RefusedArgs>({
  name: 'file-null',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'the file says null, on which the daemon crashes',
  check: (context) => refusedAs(context, 'file-null'),
  message: () => 'the file says null: the daemon crashes when it starts (SIGSEGV)',
  meaning: 'The daemon reads null into its store and panics. No name is in the file.',
  cause: 'A script wrote what jq gave for a field that was not there.',
  advice: refusedFile,
});
