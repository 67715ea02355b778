import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileCut = defineRule<RefusedArgs>({
  name: 'file-cut',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'the file ends in the middle',
  check: (context) => refusedAs(context, 'file-cut'),
  message: (f) => `${printable(f.args.reason)}: ${saved(f)}`,
  meaning: 'The file was longer. What stands before the cut is whole, what came after is gone.',
  cause: 'The disk was full or power failed during a write, or a copy was interrupted.',
  advice: refusedFile,
});
