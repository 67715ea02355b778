import { defineRule } from '../../define-rule.ts';

type Args = {
  readonly path: string;
  /** Four octal digits. */
  readonly mode: string;
  /** By others than its owner. */
  readonly isWritable: boolean;
};

const usual = 0o600;
const writableByOthers = 0o022;

export const fileMode = defineRule<Args>({
  name: 'file-mode',
  category: 'file',
  severity: 'info',
  fix: 'none',
  summary: 'the mode is not 0600',
  *check({ facts: { file } }) {
    if (file.kind !== 'file' || file.mode === undefined || file.mode === usual) return;
    const isWritable = (file.mode & writableByOthers) !== 0;
    yield {
      ...(isWritable ? { severity: 'warning' } : {}),
      args: { path: file.path, mode: file.mode.toString(8).padStart(4, '0'), isWritable },
    };
  },
  message: ({ args: { mode, isWritable } }) =>
    `the mode is ${mode} instead of 0600${isWritable ? ': others may write it' : ''}; the daemon corrects it at its next save`,
  meaning:
    'The daemon reads the file whatever its mode. Who may write it decides which program runs under a name.',
  cause: 'The file was restored or copied without its mode.',
  advice: [{ text: 'Set it', command: 'chmod 600 FILE' }],
});
