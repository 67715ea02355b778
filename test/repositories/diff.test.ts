import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffRepositories } from '../../src/repositories/diff.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { anyRepositories, entriesOf, imageA, imageB, imageC, tag } from '../support/repositories.ts';

const before = Repositories.fromEntries([tag('a:1', imageA), tag('a:2', imageA), tag('b:1', imageA)]);
const after = Repositories.fromEntries([tag('a:1', imageA), tag('a:2', imageB), tag('c:1', imageC)]);

test('says what was added, moved and removed, in byte order', () => {
  expect(diffRepositories(before, after)).toEqual([
    { op: 'move', repository: 'a', reference: 'a:2', from: imageA, image: imageB },
    { op: 'remove', repository: 'b', reference: 'b:1', from: imageA },
    { op: 'add', repository: 'c', reference: 'c:1', image: imageC },
  ]);
});

test('is about entries: empty buckets, null buckets and a null map are no difference', () => {
  const empty = parseRepositories('{"Repositories":{"a":null,"b":{}}}');
  const nothing = parseRepositories('{"Repositories":null}');
  expect(diffRepositories(empty, nothing)).toEqual([]);
  expect(diffRepositories(nothing, Repositories.empty)).toEqual([]);
});

test('finds what a comparison entry by entry finds', () => {
  fc.assert(
    fc.property(anyRepositories, anyRepositories, fc.boolean(), (left, right, reread) => {
      // Read from text, buckets have their text, which the diff compares first.
      const [a, b] = reread
        ? [left, right].map((r) => parseRepositories(serializeRepositories(r)))
        : [left, right];
      const changes = diffRepositories(a as Repositories, b as Repositories);
      const keys = new Set(
        [...entriesOf(left), ...entriesOf(right)].map((e) => JSON.stringify([e.repository, e.reference])),
      );
      const different = [...keys].filter((key) => {
        const [repository, reference] = JSON.parse(key) as [string, string];
        return left.entry(repository, reference) !== right.entry(repository, reference);
      });
      expect(changes.map((change) => JSON.stringify([change.repository, change.reference])).sort()).toEqual(
        different.sort(),
      );
      for (const change of changes) {
        const { repository, reference } = change;
        expect(left.entry(repository, reference)).toBe(change.op === 'add' ? undefined : change.from);
        expect(right.entry(repository, reference)).toBe(change.op === 'remove' ? undefined : change.image);
      }
    }),
  );
});
