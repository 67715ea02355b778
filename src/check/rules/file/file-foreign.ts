import { refusedFile } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { looksLike, type RefusedArgs, refusedAs, saved } from '../utils/refused.ts';

export const fileForeign = defineRule<RefusedArgs>({
  name: 'file-foreign',
  category: 'file',
  severity: 'fatal',
  fix: 'proof',
  summary: 'the file holds bytes of something else',
  check: (context) => refusedAs(context, 'file-foreign'),
  message: (f) => `the file holds something else, ${looksLike(f.args)}: ${saved(f)}`,
  meaning:
    "Blocks of another file stand where the store should be. The daemon refuses it and exits with `invalid character '…' looking for beginning of value`.",
  cause:
    'The file system gave the blocks to two files after a power cut, a script wrote the wrong file, or the wrong file was copied here.',
  advice: [
    ...refusedFile,
    {
      text: 'Check the file system: other files may have been hit',
      command: 'umount DEVICE && fsck -f DEVICE',
    },
  ],
});
