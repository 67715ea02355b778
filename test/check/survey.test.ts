import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEntry } from '../../src/check/stored-entry.ts';
import { surveyEntries } from '../../src/check/survey.ts';
import { isImageId } from '../../src/reference/digest.ts';
import { type Entry, Repositories } from '../../src/repositories/repositories.ts';
import { digest, validReference } from '../support/arbitraries.ts';
import { ghost, good, imageA, imageB } from '../support/facts.ts';

const name = fc.oneof(validReference, fc.constantFrom('', 'a', 'A', 'sha256', 'docker.io/a', 'a.b/c'));
const suffix = fc.oneof(
  fc.constantFrom('', ':1', ':latest', ':-', ':', '@', '/b:1', `:1@${imageA}`, `@${imageA}0`, `@${imageA}/b`),
  digest.map((text) => `@${text}`),
);
const imageId = fc.constantFrom(imageA, imageB, ghost, '', 'x', 'sha256:a');
const entry = fc
  .tuple(name, fc.option(name, { nil: undefined }), suffix, imageId)
  .map(([repository, other, end, id]): Entry => {
    return { repository, reference: (other ?? repository) + end, imageId: id };
  });
const images = new Map([
  [imageA, good],
  [imageB, good],
]);

test('one pass tells what reading each entry tells', () => {
  fc.assert(
    fc.property(fc.array(entry), fc.constantFrom(images, undefined), (entries, there) => {
      const repositories = Repositories.fromEntries(entries);
      const all = Array.from(repositories.entries(), readEntry);
      const { malformed, unresolvable, untagged } = surveyEntries(repositories, there);
      expect(malformed).toEqual(all.filter(({ form }) => form !== 'valid'));
      expect(unresolvable).toEqual(all.filter((one) => !(there?.has(one.imageId) ?? isImageId(one.imageId))));
      const tagged = new Set(all.flatMap((one) => (one.parsed?.tag === undefined ? [] : one.imageId)));
      expect([...untagged]).toEqual([...(there?.keys() ?? [])].filter((id) => !tagged.has(id)));
    }),
    { numRuns: 300 },
  );
});
