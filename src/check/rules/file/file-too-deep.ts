import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileTooDeep = defineRule<RefusedArgs>({
  name: 'file-too-deep',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'more than 10000 brackets are open at once',
  check: (context) => refusedAs(context, 'file-too-deep'),
  message: (f) => `${printable(f.args.reason)}: ${saved(f)}`,
  meaning: 'JSON with more than 10000 open brackets is refused, also in fields that the daemon ignores.',
  cause: 'The file was made by hand. No tool writes this by accident.',
  advice: refusedFile,
});
