import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allRules } from '../../src/check/rules/index.ts';
import { project } from '../support/built.ts';

test('docs/rules.md is what npm run docs makes of the rules', async () => {
  const { rulesDocument } = await import(join(project, 'scripts/rules-document.js'));
  expect(readFileSync(join(project, 'docs/rules.md'), 'utf8')).toBe(rulesDocument(allRules));
});
