import { backups, rebuild } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';

export const mapNull = defineRule({
  name: 'map-null',
  category: 'file',
  severity: 'error',
  fix: 'proof',
  summary: '{"Repositories":null}: the daemon starts, and whatever adds a name crashes',
  *check(context) {
    if (!context.decoded?.isNull) return;
    const field = context.scan.fields.findLast((candidate) => candidate.isRepositories);
    yield { at: context.placeAt(field?.offset ?? 0) };
  },
  message: () =>
    'the field Repositories is null: the daemon starts, but whatever adds a name crashes, and nothing is ever saved',
  meaning:
    'Every pull, tag, load and build panics with `assignment to entry in nil map`, and the client sees EOF. It stays so until the file is repaired.',
  cause: 'A script wrote what jq gave for a field that was not there.',
  advice: [rebuild, backups],
});
