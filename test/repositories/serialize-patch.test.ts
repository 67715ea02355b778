import { expect, test } from 'vitest';
import { serializePatch } from '../../src/repositories/serialize-patch.ts';
import { imageA } from '../support/repositories.ts';

test('one operation a line, and the same bytes whatever the order of the fields', () => {
  const one = serializePatch({
    schema: 'docker-refstore/patch/v1',
    base: { sha256: 'ab' },
    operations: [
      { op: 'add', reference: 'a:1', image: imageA },
      { op: 'remove', reference: 'a:2', from: undefined },
    ],
  });
  expect(one).toBe(
    [
      '{"schema":"docker-refstore/patch/v1",',
      ' "base":{"sha256":"ab"},',
      ' "operations":[',
      `  {"image":"${imageA}","op":"add","reference":"a:1"},`,
      '  {"op":"remove","reference":"a:2"}',
      ']}',
      '',
    ].join('\n'),
  );
  const other = serializePatch({
    operations: [
      { image: imageA, reference: 'a:1', op: 'add' },
      { reference: 'a:2', op: 'remove' },
    ],
    base: { sha256: 'ab' },
    schema: 'docker-refstore/patch/v1',
  });
  expect(other).toBe(one);
});
