import { repair, resetFailed } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileEncoding = defineRule<RefusedArgs>({
  name: 'file-encoding',
  category: 'file',
  severity: 'fatal',
  fix: 'safe',
  summary: 'a byte order mark, or UTF-16',
  check: (context) => refusedAs(context, 'file-encoding'),
  message: (f) => `the file begins with a byte order mark or is UTF-16: ${saved(f)}`,
  meaning: 'The text is whole, in an encoding that the daemon does not read. Nothing is lost.',
  cause: 'An editor or a script on Windows saved the file (PowerShell writes UTF-16 by default).',
  advice: [repair, resetFailed],
});
