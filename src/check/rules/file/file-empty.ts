import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileEmpty = defineRule<RefusedArgs>({
  name: 'file-empty',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'nothing is in the file',
  check: (context) => refusedAs(context, 'file-empty'),
  message: (f) => `the file ${f.args.size === 0 ? 'is empty' : 'holds nothing but white space'}: ${saved(f)}`,
  meaning:
    'The daemon refuses the file and exits. Images, containers and volumes are untouched; only the names are gone.',
  cause:
    'The disk was full, or power failed before the bytes reached the disk (the folder is never synced). Scripts that redirect jq onto the live file do it too, when jq fails.',
  advice: refusedFile,
});
