import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { printable } from '../../printable.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileSyntax = defineRule<RefusedArgs>({
  name: 'file-syntax',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'the file is not valid JSON',
  check: (context) => refusedAs(context, 'file-syntax'),
  message: (f) => `${printable(f.args.reason)}: ${saved(f)}`,
  meaning: 'The file is not valid JSON, so the daemon refuses all of it.',
  cause:
    'The file was edited by hand or by a script: a comma, a bracket, single quotes. The daemon itself never writes this.',
  advice: [
    ...refusedFile,
    { text: 'Edit with a tool that cannot break it', command: 'refstore tag IMAGE NAME:TAG' },
  ],
});
