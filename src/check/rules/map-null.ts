import type { Rule } from '../rule.ts';

export const mapNull: Rule = {
  name: 'map-null',
  severity: 'error',
  fix: 'proof',
  category: 'file',
  summary: '{"Repositories":null}: the daemon starts, and whatever adds a name crashes',
  *check(context) {
    if (!context.decoded?.isNull) return;
    const field = context.scan.fields.findLast((candidate) => candidate.isRepositories);
    yield { at: context.placeAt(field?.offset ?? 0) };
  },
};
