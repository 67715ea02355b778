import { looksLike } from '../looks-like.ts';
import type { Rule } from '../rule.ts';
import { isSpace } from '../salvage/member.ts';

const mostNames = 20;

export const trailingBytes: Rule = {
  name: 'trailing-bytes',
  severity: 'warning',
  fix: 'safe',
  concerns: 'file',
  summary: 'bytes behind the first JSON value: the daemon ignores them and drops them at its next save',
  *check(subject) {
    const { bytes } = subject;
    if (bytes === undefined || subject.decoded === undefined || subject.isCanonical) return;
    const { end } = subject.scan;
    const trailing = bytes.subarray(end);
    if (trailing.every(isSpace)) return;
    const ignored = subject.salvage.lost.flatMap(({ kind, offset, reference }) =>
      kind === 'ignored' && offset >= end && reference !== undefined ? reference : [],
    );
    yield {
      at: subject.placeAt(end),
      args: {
        size: trailing.length,
        look: looksLike(trailing),
        entries: ignored.length,
        ...(ignored.length === 0 ? {} : { references: ignored.slice(0, mostNames) }),
      },
    };
  },
};
