import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../src/check/explain/explain.ts';
import { ruleNames } from '../../src/check/finding.ts';
import { ruleTexts } from '../../src/check/format.ts';
import { allRules, isRuleName, ruleOf } from '../../src/check/registry.ts';

test.each(ruleNames)('%s is registered under its name, with a summary and an explanation', (name) => {
  const rule = ruleOf(name);
  expect(rule.name).toBe(name);
  expect(rule.summary).toMatch(/^\S.{8,}[^.]$/);
  expect(explain(name)).toMatchObject({ rule: name, says: rule.summary });
  const { meaning, cause, advice } = ruleTexts[name];
  for (const text of [meaning, cause]) expect(text).toMatch(/\.\)?$/);
  expect(advice.length).toBeGreaterThan(0);
  for (const { text } of advice) expect(text).toMatch(/\S[^.]$/);
});

test('every rule is tested for firing and for staying silent', async () => {
  const folder = fileURLToPath(new URL('rules/', import.meta.url));
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(folder + file, 'utf8')));
  expect(ruleNames.filter((name) => !texts.some((text) => text.includes(`'${name}': {`)))).toEqual([]);
});

test('allRules has each once, and other names are none', () => {
  expect(allRules.map((rule) => rule.name)).toEqual([...ruleNames]);
  for (const name of ['toString', '__proto__', 'constructor', 'nothing', ''])
    expect(isRuleName(name)).toBe(false);
});
