import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffIdsOf } from '../../src/dataroot/image-config.ts';
import { digestOf } from '../support/data-root.ts';

const [a, b] = [digestOf('a'), digestOf('b')];
const rootfs = (...ids: string[]) => ({ type: 'layers', diff_ids: ids });

function diffIds(config: unknown): readonly string[] | undefined {
  return diffIdsOf(Buffer.from(typeof config === 'string' ? config : JSON.stringify(config)));
}

describe('the layers of a config', () => {
  test.each([
    ['as configs usually end', { os: 'linux', rootfs: rootfs(a, b) }, [a, b]],
    ['with a variant behind', { os: 'linux', rootfs: rootfs(a), variant: 'v8' }, [a]],
    ['with something else behind', { rootfs: rootfs(a), 'os.version': '10' }, [a]],
    ['of an image from scratch', { rootfs: { type: 'layers' } }, []],
    ['null', { rootfs: { type: 'layers', diff_ids: null } }, []],
    ['in another order', { rootfs: { diff_ids: [a], type: 'layers' } }, [a]],
    ['indented', JSON.stringify({ rootfs: rootfs(a, b) }, null, 2), [a, b]],
    // One level down it is another field, however the file ends.
    ['where only a field within has some', { config: { x: { rootfs: rootfs(a) } }, rootfs: rootfs(b) }, [b]],
    ['where a label looks like it', { rootfs: rootfs(b), x: `"rootfs":${JSON.stringify(rootfs(a))}}` }, [b]],
  ])('%s', (_, config, expected) => {
    expect(diffIds(config)).toEqual(expected);
  });

  test.each([
    ['no JSON', 'config'],
    ['cut', '{"rootfs":{"type":"layers"'],
    ['no object', '[]'],
    ['no rootfs', { os: 'linux' }],
    ['only a rootfs within', { config: { rootfs: rootfs(a) } }],
    ['diff IDs that are none', { rootfs: { type: 'layers', diff_ids: [1] } }],
    ['a diff ID by itself', { rootfs: { type: 'layers', diff_ids: a } }],
    ['nested beyond all measure', `{"x":${'['.repeat(50_000)}`],
  ])('%s: none that a daemon would take', (_, config) => {
    expect(diffIds(config)).toBeUndefined();
  });

  test('the short way and the long way agree', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const ids = fc.array(fc.constantFrom(a, b), { maxLength: 4 });
    const config = fc.tuple(fc.dictionary(fc.string(), json), ids, fc.option(fc.constantFrom('v7', 'v8')));
    fc.assert(
      fc.property(config, ([fields, layers, variant]) => {
        const whole = { ...fields, rootfs: rootfs(...layers), ...(variant === null ? {} : { variant }) };
        const text = JSON.stringify(whole);
        expect(diffIds(text)).toEqual(JSON.parse(text).rootfs.diff_ids);
        // An escaped name is the same name, and the short way does not know it.
        expect(diffIds(text.replace('"rootfs":{"type"', '"\\u0072ootfs":{"type"'))).toEqual(diffIds(text));
      }),
      { numRuns: 100 },
    );
  });
});
