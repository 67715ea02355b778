import { describe, expect, test } from 'vitest';
import {
  InvalidReferenceError,
  parseAnyReference,
  parseDigest,
  parseDockerRef,
  parseNormalizedNamed,
  parseReference,
} from '../../src/reference/index.ts';
import { parsePatch } from '../../src/repositories/patch-schema.ts';

const size = 10_000_000;
const hex = 'a'.repeat(64);

/** Each makes a backtracking pattern go back over megabytes. */
const invalid: readonly (readonly [what: string, text: string])[] = [
  ['a path', 'a'.repeat(size)],
  ['a path of hyphens', `${'a-'.repeat(size / 2)}a`],
  ['a path of slashes', `${'a/'.repeat(size / 2)}a`],
  ['a path in capitals', 'A'.repeat(size)],
  ['a capital before colons', `A${':'.repeat(size)}`],
  ['a tag', `foo:${'a'.repeat(size)}`],
  ['a digest', `foo@sha256:${'a'.repeat(size)}`],
  ['a digest algorithm', `foo@${'a+'.repeat(size / 2)}a:${hex}`],
  ['a domain that ends in a dot', `${'a.'.repeat(size / 2)}/foo`],
  ['a port that is no number', `a:${'1'.repeat(size)}x/foo`],
  ['an open bracket', `[${':'.repeat(size)}/foo`],
];

const parsers = { parseReference, parseNormalizedNamed, parseAnyReference, parseDockerRef, parseDigest };

describe.each(Object.entries(parsers))('%s refuses 10 MB in few words', (_name, parse) => {
  test.each(invalid)('of %s', (_what, text) => {
    const error = thrownBy(() => parse(text));
    expect(error).toBeInstanceOf(InvalidReferenceError);
    const { message, hint, reason } = error as InvalidReferenceError;
    expect((message + hint + reason).length).toBeLessThan(2000);
  });
});

test.each([
  ['a domain', `${'a.'.repeat(size / 2)}a`],
  ['a domain with a port', `a:${'1'.repeat(size)}`],
  ['an IPv6 address with a port', `[${':'.repeat(size)}]:80`],
])('a reference with 10 MB of %s is one, as it is to Docker', (_what, domain) => {
  expect(parseReference(`${domain}/foo:1`)).toEqual({ domain, path: 'foo', tag: '1' });
});

test.each(invalid)('a patch that adds 10 MB of %s is not valid', (_what, reference) => {
  const operations = [{ op: 'add', reference, image: `sha256:${hex}` }];
  const text = JSON.stringify({ schema: 'docker-refstore/patch/v1', operations });
  const error = thrownBy(() => parsePatch(text));
  expect(error).toMatchObject({ code: 'INVALID_PATCH' });
  expect((error as Error).message.length).toBeLessThan(2000);
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
