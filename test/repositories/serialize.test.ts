import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { makeRefs } from '../support/make-refs.mjs';
import { anyRepositories, imageA, stateOf, tag } from '../support/repositories.ts';

const sample = (name: string) => readFile(new URL(`../../fixtures/samples/${name}`, import.meta.url));

describe('bytes that a real daemon wrote', () => {
  test.each([
    'repositories-20.10.24.json',
    'repositories-26.1.5.json',
    'repositories-28.5.2.json',
    'repositories-dockerio-28.5.2.json',
    'escapes-written-26.1.5.json',
    'escapes-written-28.5.2.json',
  ])('%s comes back as it was', async (name) => {
    const bytes = await sample(name);
    expect(serializeRepositories(parseRepositories(bytes))).toBe(bytes.toString());
  });

  test('of 20.10 come back as a newer one writes them: \\b and \\f have got short forms', async () => {
    const [old, recent] = await Promise.all([
      sample('escapes-written-20.10.24.json'),
      sample('escapes-written-28.5.2.json'),
    ]);
    expect(serializeRepositories(parseRepositories(old))).toBe(recent.toString());
  });
});

test('a thousand references come back as they were, read the short way and the long way', () => {
  const text = makeRefs(1000);
  expect(serializeRepositories(parseRepositories(text))).toBe(text);
  expect(serializeRepositories(parseRepositories(`${text} `))).toBe(text);
});

test('what is written reads back, and is written again the same', () => {
  fc.assert(
    fc.property(anyRepositories, (repositories) => {
      const text = serializeRepositories(repositories);
      const again = parseRepositories(Buffer.from(text));
      expect(stateOf(again)).toEqual(stateOf(repositories));
      expect(serializeRepositories(again)).toBe(text);
      // Any JSON parser reads the same out of it; one that keeps objects loses only their order.
      const buckets = [...repositories.buckets()];
      const plain = JSON.parse(text) as { Repositories: Record<string, unknown> };
      expect(Object.keys(plain.Repositories).sort()).toEqual(buckets.map(({ name }) => name).sort());
    }),
  );
});

test('names of digits alone are in byte order, not in that of numbers', () => {
  const repositories = Repositories.fromEntries([tag('9:1', imageA), tag('10:1', imageA)]);
  expect(serializeRepositories(repositories)).toBe(
    `{"Repositories":{"10":{"10:1":"${imageA}"},"9":{"9:1":"${imageA}"}}}`,
  );
});

test('null, null buckets and empty buckets stay what they are', () => {
  for (const text of ['{"Repositories":null}', '{"Repositories":{}}', '{"Repositories":{"a":null,"b":{}}}']) {
    expect(serializeRepositories(parseRepositories(text))).toBe(text);
  }
});

test('a lone surrogate becomes U+FFFD, as Go cannot hold it', () => {
  const repositories = Repositories.fromEntries([
    { repository: 'a\ud800', reference: '\udc00', imageId: 'x' },
  ]);
  expect(serializeRepositories(repositories)).toBe('{"Repositories":{"a\ufffd":{"\ufffd":"x"}}}');
});
