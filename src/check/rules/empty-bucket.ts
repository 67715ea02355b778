import type { Rule } from '../rule.ts';

export const emptyBucket: Rule = {
  name: 'empty-bucket',
  severity: 'info',
  fix: 'safe',
  category: 'entries',
  summary: 'a repository without entries: ignored, and kept for ever',
  *check(context) {
    for (const { name, keys, isNull } of context.base.buckets()) {
      if (keys.length === 0) yield { repository: name, args: { isNull } };
    }
  },
};
