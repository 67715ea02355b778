import type { Rule } from '../rule.ts';

export const notExamined: Rule = {
  name: 'not-examined',
  severity: 'warning',
  fix: 'none',
  category: 'data-root',
  summary: 'something in the data root could not be read or was passed over',
  *check({ facts: { dataRoot } }) {
    const { imagesUnread } = dataRoot ?? {};
    // No other rule can then tell a reference that resolves from one that does not.
    if (imagesUnread !== undefined) yield { severity: 'error', args: { ...imagesUnread, isImageDb: true } };
    for (const { path, reason } of dataRoot?.problems ?? []) yield { args: { path, reason } };
  },
};
