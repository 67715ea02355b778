import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { count, list } from '../../message.ts';
import { isSpace } from '../../salvage/member.ts';
import { sniffFileType } from '../../sniff-file-type.ts';
import { looksLike } from '../utils/refused.ts';

type Args = {
  /** In bytes. */
  readonly size: number;
  readonly fileType: string;
  /** How many entries stand in them. */
  readonly entries: number;
  readonly references?: readonly string[];
};

const maxNames = 20;

export const trailingBytes = defineRule<Args>({
  name: 'trailing-bytes',
  category: 'file',
  severity: 'warning',
  fix: 'safe',
  summary: 'bytes behind the first JSON value: the daemon ignores them and drops them at its next save',
  *check(context) {
    const { bytes } = context;
    if (bytes === undefined || context.decoded === undefined || context.isCanonical) return;
    const { end } = context.scan;
    const trailing = bytes.subarray(end);
    if (trailing.every(isSpace)) return;
    const ignored = context.salvage.lost.flatMap(({ kind, offset, reference }) =>
      kind === 'ignored' && offset >= end && reference !== undefined ? reference : [],
    );
    yield {
      at: context.placeAt(end),
      args: {
        size: trailing.length,
        fileType: sniffFileType(trailing),
        entries: ignored.length,
        ...(ignored.length === 0 ? {} : { references: ignored.slice(0, maxNames) }),
      },
    };
  },
  message: ({ args: { size, fileType, entries, references = [] } }) => {
    const held =
      entries === 0
        ? ''
        : `; ${count(entries, 'entry', 'entries')} there that the daemon does not have: ${list(references)}`;
    return `${count(size, 'byte')} behind the end of the store, ${looksLike({ fileType })}: the daemon ignores them and drops them at its next save${held}`;
  },
  meaning: 'The daemon reads the first JSON value only. What follows has no effect.',
  cause:
    'Two versions of the file were run together: a shorter one written over a longer one, or one appended to the other.',
  advice: [
    repair,
    {
      text: 'If names stand only there, add them from a copy of the file',
      command: 'refstore tag IMAGE NAME:TAG',
    },
  ],
});
