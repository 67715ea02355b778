import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../../src/check/explain/explain.ts';
import { allRules, isRuleName, ruleNames, ruleOf } from '../../../src/check/rules/index.ts';

test.each(ruleNames)('%s is listed under its name, with a summary and an explanation', (name) => {
  const { summary, meaning, cause, advice, ...rule } = ruleOf(name);
  expect(rule.name).toBe(name);
  expect(summary).toMatch(/^\S.{8,}[^.]$/);
  expect(explain(name)).toMatchObject({ rule: name, says: summary });
  for (const text of [meaning, cause]) expect(text).toMatch(/\.\)?$/);
  expect(advice.length).toBeGreaterThan(0);
  for (const { text } of advice) expect(text).toMatch(/\S[^.]$/);
});

test('each rule has a file of its name, in the folder of its category', async () => {
  const folder = fileURLToPath(new URL('../../../src/check/rules/', import.meta.url));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(
      (entry) =>
        entry.isFile() && entry.parentPath !== join(folder) && basename(entry.parentPath) !== 'utils',
    )
    .map((entry) => `${basename(entry.parentPath)}/${entry.name}`)
    .filter((file) => file !== 'rules/index.ts');
  expect(files.sort()).toEqual(allRules.map(({ category, name }) => `${category}/${name}.ts`).sort());
});

test('other names are no rules', () => {
  for (const name of ['toString', '__proto__', 'constructor', 'nothing', ''])
    expect(isRuleName(name)).toBe(false);
});
