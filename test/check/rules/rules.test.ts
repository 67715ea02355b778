import { describe } from 'vitest';
import type { RuleName } from '../../../src/check/rules/index.ts';
import { type RuleCase, testRules } from '../../support/rule-cases.ts';
import { daemonAndRequiredCases } from './daemon-and-required.cases.ts';
import { dataRootCases } from './data-root.cases.ts';
import { entryCases } from './entries.cases.ts';
import { fatalFileCases, fileInFolderCases, readFileCases, unreadFileCases } from './file.cases.ts';

/** A rule without a case does not compile. */
const cases: Readonly<Record<RuleName, RuleCase>> = {
  ...fatalFileCases,
  ...readFileCases,
  ...fileInFolderCases,
  ...entryCases,
  ...dataRootCases,
  ...daemonAndRequiredCases,
};

testRules(cases);

describe('where the daemon does not read the file', () => {
  testRules(unreadFileCases);
});
