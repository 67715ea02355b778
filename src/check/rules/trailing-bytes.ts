import type { Rule } from '../rule.ts';
import { isSpace } from '../salvage/member.ts';
import { sniffFileType } from '../sniff-file-type.ts';

const maxNames = 20;

export const trailingBytes: Rule = {
  name: 'trailing-bytes',
  severity: 'warning',
  fix: 'safe',
  category: 'file',
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
};
