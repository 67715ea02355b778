import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Digest,
  familiarString,
  type ImageId,
  InvalidReferenceError,
  isImageId,
  parseDigest,
  parseImageId,
  parseNormalizedNamed,
  parseReference,
  type Reference,
  withoutTag,
} from '../../src/reference/index.ts';

const hex = 'a'.repeat(64);

function refusal(work: () => unknown): InvalidReferenceError {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidReferenceError) return error;
  }
  throw new Error('nothing was refused');
}

describe('what a refusal says', () => {
  test('names the input, gives Docker’s words and the way out', () => {
    const error = refusal(() => parseNormalizedNamed('Demo:1.0'));
    expect(error.code).toBe('INVALID_REFERENCE');
    expect(error.message).toBe(
      '"Demo:1.0" is not a valid reference: ' +
        'invalid reference format: repository name (library/Demo) must be lowercase',
    );
    expect(error.hint).toBe('write the repository name in lower case: "demo:1.0"');
    expect(error.details).toEqual({ input: 'Demo:1.0', reason: error.reason });
  });

  test('keeps the case of the tag and the digest in the way out', () => {
    const error = refusal(() => parseNormalizedNamed(`localhost:5000/App:V1@sha256:${hex}`));
    expect(error.hint).toBe(`write the repository name in lower case: "localhost:5000/app:V1@sha256:${hex}"`);
  });

  test('is short for a very long input', () => {
    const error = refusal(() => parseNormalizedNamed('!'.repeat(1_000_000)));
    expect(error.message.length).toBeLessThan(400);
  });

  test('tells an image ID from a reference', () => {
    expect(refusal(() => parseNormalizedNamed(hex)).hint).toBe(
      'this is an image ID; a reference needs a name',
    );
  });
});

describe('digests and image IDs', () => {
  test('a digest is one of the algorithms that dockerd links in, with its full length', () => {
    expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(refusal(() => parseDigest(`sha256:${hex.slice(1)}`)).reason).toBe(
      'invalid checksum digest length',
    );
    expect(refusal(() => parseDigest(`md5:${hex}`)).reason).toBe('unsupported digest algorithm');
    expect(refusal(() => parseDigest(`SHA256:${hex}`)).reason).toBe('invalid checksum digest format');
    expect(refusal(() => parseDigest('')).reason).toBe('invalid checksum digest format');
  });

  test('an image ID is sha256 with 64 lower-case hex digits and nothing else', () => {
    expect(parseImageId(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    for (const text of [hex, `sha512:${hex}${hex}`, `sha256:${hex.toUpperCase()}`, `sha256:${hex}\n`, '']) {
      expect(isImageId(text), text).toBe(false);
      expect(() => parseImageId(text), text).toThrow(InvalidReferenceError);
    }
  });

  test('are types of their own', () => {
    expectTypeOf(parseDigest).returns.toEqualTypeOf<Digest>();
    // @ts-expect-error a plain string is no digest until it was checked
    const digest: Digest = `sha256:${hex}`;
    // @ts-expect-error a digest is no image ID, though both look the same
    const id: ImageId = parseDigest(digest);
    // @ts-expect-error the parts of a reference cannot be changed
    const change = (reference: Reference) => (reference.path = id);
    expectTypeOf(change).toBeFunction();
  });
});

test('name:tag@digest keeps both, and its tag can be dropped', () => {
  const reference = parseNormalizedNamed(`alpine:3.20@sha256:${hex}`);
  expect(reference).toEqual({
    domain: 'docker.io',
    path: 'library/alpine',
    tag: '3.20',
    digest: `sha256:${hex}`,
  });
  expect(familiarString(withoutTag(reference))).toBe(`alpine@sha256:${hex}`);
});

test('the raw parser knows no Docker Hub: the first of two parts is a domain', () => {
  expect(parseReference('foo/bar')).toEqual({ domain: 'foo', path: 'bar' });
  expect(parseReference('foo')).toEqual({ domain: '', path: 'foo' });
});
