import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileNul = defineRule<RefusedArgs>({
  name: 'file-nul',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'NUL bytes stand where the store should be',
  check: (context) => refusedAs(context, 'file-nul'),
  message: (f) => `NUL bytes stand in the file: ${saved(f)}`,
  meaning:
    'The file has its length, and blocks of it were never written. The daemon refuses it and exits. What stands around the NUL bytes is whole.',
  cause:
    'Power failed, or a virtual machine was stopped hard, after the rename and before the data reached the disk.',
  advice: [...refusedFile, { text: 'Check the file system as well', command: 'dmesg | grep -i error' }],
});
