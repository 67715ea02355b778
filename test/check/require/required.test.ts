// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the variables of compose files
import { describe, expect, test } from 'vitest';
import { interpolate } from '../../../src/check/require/interpolate.ts';
import { parseRequired } from '../../../src/check/require/required.ts';
import { RefstoreError } from '../../../src/errors.ts';

const list = (text: string) => parseRequired(text, { source: 'pins.txt' });
const compose = (text: string, variables = {}) =>
  parseRequired(text, { source: 'compose.yaml', variables }).map(({ reference, line, undecidable }) => [
    line,
    reference,
    ...(undecidable ?? []),
  ]);

describe('a list', () => {
  test('has comments, blank lines, either line end and a byte order mark', () => {
    expect(list('\ufeff# pins\r\n\r\nalpine:3.18 # base\nquay.io/a/b@sha256:1#x\n  c  \nc\n')).toEqual([
      { reference: 'alpine:3.18', source: 'pins.txt', line: 3 },
      { reference: 'quay.io/a/b@sha256:1#x', source: 'pins.txt', line: 4 },
      { reference: 'c', source: 'pins.txt', line: 5 },
    ]);
  });

  test('of more references than anyone has is refused', () => {
    const text = Array.from({ length: 100_001 }, (_, i) => `a:${i}`).join('\n');
    expect(() => list(text)).toThrow(RefstoreError);
  });
});

describe('a compose file', () => {
  test('names images in every notation', () => {
    const text = [
      'x-base: &base',
      '  image: &img alpine:3.18 # the base',
      'services:',
      '  a:',
      '    <<: *base',
      '  b:',
      '    image: "demo/app:1"',
      '  c: { image: quay.io/a/b:1, restart: always }',
      "  d:\n    image: 'it''s:1'",
      '  e:',
      '    image: *img',
      '  f:',
      '    # image: not/this:1',
      '    command: |',
      '      image: nor/this:1',
      '      echo',
      '    image: f:1',
      '  g:',
      '    "image" : !!str g:1',
      '  h:',
      '    image:',
      '  images: nor/that:1',
      '    build: ./image: x',
    ].join('\n');
    expect(compose(text)).toEqual([
      [2, 'alpine:3.18'],
      [7, 'demo/app:1'],
      [8, 'quay.io/a/b:1'],
      [10, "it's:1"],
      [18, 'f:1'],
      [20, 'g:1'],
    ]);
  });

  test('may be JSON, on one line or many', () => {
    const json = { services: { a: { image: 'a:1' }, b: { ports: ['80:80'], image: 'b:1' } } };
    for (const text of [JSON.stringify(json), JSON.stringify(json, null, 2)]) {
      expect(compose(text).map(([, reference]) => reference)).toEqual(['a:1', 'b:1']);
    }
  });

  test('is told from a list by its ending, or by its lines', () => {
    const text = 'services:\n  a:\n    image: a:1\n';
    expect(parseRequired(text, { source: 'stack' })).toHaveLength(1);
    expect(parseRequired(text, { source: 'stack', format: 'list' })).toHaveLength(3);
    expect(parseRequired('a:1\n', { source: 'x.yml' })).toEqual([]);
  });

  test('leaves what depends on unknown variables undecided', () => {
    const text = 'image: ${A:-alpine}:${TAG}\nimage: b:${B}\nimage: ${A:-c}:${B:-1}\n';
    expect(compose(text, { B: '2' })).toEqual([
      [1, '${A:-alpine}:${TAG}', 'TAG'],
      [2, 'b:2'],
      [3, 'c:2'],
    ]);
  });

  test('of long lines is read in time', () => {
    for (const part of ['image: ${', ': &a ', '{image:"', '- ', ' ', '"']) {
      expect(() => compose(part.repeat(200_000))).not.toThrow();
      expect(() => compose(`image: x${part.repeat(200_000)}\n`)).not.toThrow();
    }
  });
});

describe('variables', () => {
  const set = { SET: 'value', EMPTY: '' };

  test.each([
    ['plain', 'plain'],
    ['$SET', 'value'],
    ['${SET}x', 'valuex'],
    ['$$SET', '$SET'],
    ['${NONE:-x}', 'x'],
    ['${NONE-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY}', ''],
    ['${SET:+x}', 'x'],
    ['${NONE:+x}', ''],
    ['${NONE:-${SET:-y}}', 'value'],
    ['${NONE:-${OTHER:-a:b}}', 'a:b'],
    ['${SET:?needed}', 'value'],
  ])('%s is %s', (text, expected) => {
    expect(interpolate(text, set)).toEqual({ text: expected });
  });

  test.each([
    ['$NONE', 'NONE'],
    ['${NONE}', 'NONE'],
    ['${NONE:?needed}', 'NONE'],
    ['${EMPTY:?needed}', 'EMPTY'],
    ['${NONE:-$OTHER}', 'OTHER'],
    ['${toString}', 'toString'],
    ['${open', '$'],
    ['$1', '$'],
  ])('%s has no value', (text, variable) => {
    expect(interpolate(text, set)).toEqual({ undecidable: [variable] });
  });
});

test('a million blank lines are read in one pass', () => {
  expect(parseRequired(`a:1\n${'\n'.repeat(1_000_000)}b:1`, { source: 'list' })).toEqual([
    { reference: 'a:1', source: 'list', line: 1 },
    { reference: 'b:1', source: 'list', line: 1_000_002 },
  ]);
});
