import type { ScannedField } from '../../repositories/scan.ts';
import type { Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';

export const fieldCase: Rule = {
  name: 'field-case',
  severity: 'info',
  fix: 'safe',
  concerns: 'file',
  summary: 'the field is not spelled Repositories: the daemon reads it all the same',
  *check(subject) {
    for (const { name, offset, isRepositories } of fields(subject)) {
      if (isRepositories && name !== 'Repositories') yield { at: subject.placeAt(offset), args: { name } };
    }
  },
};

export const unknownField: Rule = {
  name: 'unknown-field',
  severity: 'warning',
  fix: 'safe',
  concerns: 'file',
  summary: 'a field that the daemon ignores and drops at its next save',
  *check(subject) {
    for (const { name, offset, isRepositories, valueKind } of fields(subject)) {
      if (!isRepositories) yield { at: subject.placeAt(offset), args: { name, kind: valueKind } };
    }
  },
};

function fields(subject: Subject): readonly ScannedField[] {
  return subject.decoded === undefined || subject.isCanonical ? [] : subject.scan.fields;
}
