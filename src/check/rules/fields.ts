import type { ScannedField } from '../../repositories/scan.ts';
import type { CheckContext } from '../check-context.ts';
import type { Rule } from '../rule.ts';

export const fieldCase: Rule = {
  name: 'field-case',
  severity: 'info',
  fix: 'safe',
  category: 'file',
  summary: 'the field is not spelled Repositories: the daemon reads it all the same',
  *check(context) {
    for (const { name, offset, isRepositories } of fields(context)) {
      if (isRepositories && name !== 'Repositories') yield { at: context.placeAt(offset), args: { name } };
    }
  },
};

export const unknownField: Rule = {
  name: 'unknown-field',
  severity: 'warning',
  fix: 'safe',
  category: 'file',
  summary: 'a field that the daemon ignores and drops at its next save',
  *check(context) {
    for (const { name, offset, isRepositories, valueKind } of fields(context)) {
      if (!isRepositories) yield { at: context.placeAt(offset), args: { name, kind: valueKind } };
    }
  },
};

function fields(context: CheckContext): readonly ScannedField[] {
  return context.decoded === undefined || context.isCanonical ? [] : context.scan.fields;
}
