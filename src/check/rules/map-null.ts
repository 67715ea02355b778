import type { Rule } from '../rule.ts';

export const mapNull: Rule = {
  name: 'map-null',
  severity: 'error',
  fix: 'proof',
  concerns: 'file',
  summary: '{"Repositories":null}: the daemon starts, and whatever adds a name crashes',
  *check(subject) {
    if (!subject.decoded?.isNull) return;
    const field = subject.scan.fields.findLast((candidate) => candidate.isRepositories);
    yield { at: subject.placeAt(field?.offset ?? 0) };
  },
};
