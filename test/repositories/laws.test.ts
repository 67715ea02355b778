import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch } from '../../src/repositories/apply.ts';
import { diffRepositories } from '../../src/repositories/diff.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { invertPatch, patchFromChanges } from '../../src/repositories/patch.ts';
import { parsePatch } from '../../src/repositories/patch-schema.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { serializePatch } from '../../src/repositories/serialize-patch.ts';
import { anyRepositories, properRepositories } from '../support/repositories.ts';

const bytes = serializeRepositories;

test('apply(diff(a, b), a) = b, and its changes are the diff', () => {
  fc.assert(
    fc.property(properRepositories, properRepositories, (a, b) => {
      const changes = diffRepositories(a, b);
      const applied = applyPatch(a, patchFromChanges(changes));
      expect(bytes(applied.repositories)).toBe(bytes(b));
      expect(applied.changes).toEqual(changes);
    }),
  );
});

test('whatever stands in a store, a patch leads from it to a proper one', () => {
  fc.assert(
    fc.property(anyRepositories, properRepositories, (a, b) => {
      const reread = parseRepositories(bytes(a));
      const patch = patchFromChanges(diffRepositories(reread, b));
      expect(bytes(applyPatch(reread, patch).repositories)).toBe(bytes(b));
    }),
  );
});

test('apply(invert(p), apply(p, a)) = a', () => {
  fc.assert(
    fc.property(properRepositories, properRepositories, (a, b) => {
      const patch = patchFromChanges(diffRepositories(a, b));
      const there = applyPatch(a, patch).repositories;
      expect(bytes(applyPatch(there, invertPatch(patch)).repositories)).toBe(bytes(a));
      expect(invertPatch(invertPatch(patch))).toEqual(patch);
    }),
  );
});

test('a patch that is written reads back, with the same bytes each time', () => {
  fc.assert(
    fc.property(anyRepositories, properRepositories, (a, b) => {
      const patch = patchFromChanges(diffRepositories(a, b), { sha256: '0'.repeat(64) });
      const text = serializePatch(patch);
      expect(parsePatch(text)).toEqual(patch);
      expect(serializePatch(parsePatch(text))).toBe(text);
    }),
  );
});

test('one tag added and removed again leaves the bytes as they were', () => {
  fc.assert(
    fc.property(anyRepositories, (a) => {
      const there = a.addTag('registry.invalid/probe:1', 'x');
      expect(there.size).toBe(a.size + 1);
      expect(bytes(there.delete('registry.invalid/probe:1'))).toBe(bytes(a));
    }),
  );
});
