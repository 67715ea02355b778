import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileType = defineRule<RefusedArgs>({
  name: 'file-type',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'a value in the file has the wrong type',
  check: (context) => refusedAs(context, 'file-type'),
  message: (f) => `${printable(f.args.reason)}: ${saved(f)}`,
  meaning:
    'The JSON is valid and has the wrong shape. One wrong value, and the daemon refuses the whole file.',
  cause: 'The file was written by hand or by a script.',
  advice: refusedFile,
});
