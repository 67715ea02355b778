import { looksLike } from '../looks-like.ts';
import type { Rule } from '../rule.ts';
import { isSpace } from '../salvage/member.ts';
import { searchEntries } from '../salvage/search.ts';
import type { Subject } from '../subject.ts';

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
    const ignored = entriesOnlyIn(trailing, subject);
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

/** References behind the end that the daemon does not have, or has at another image. */
function entriesOnlyIn(trailing: Uint8Array, { base }: Subject): string[] {
  return searchEntries(trailing)
    .entries.filter(({ repository, reference, imageId }) => base.entry(repository, reference) !== imageId)
    .map(({ reference }) => reference);
}
