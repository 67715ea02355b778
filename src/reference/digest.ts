import { maxPatternLength } from './grammar.ts';
import { InvalidReferenceError } from './invalid-reference-error.ts';

declare const brand: unique symbol;

/** `<algorithm>:<hex>`, checked: sha256, sha384 or sha512 with its full length in lower-case hex. */
export type Digest = string & { readonly [brand]: 'Digest' };

/** `sha256:<64 lower-case hex>`: the sha256 of the image's config. */
export type ImageId = string & { readonly [brand]: 'ImageId' };

/** The algorithms that dockerd links in, with the length of their hex (go-digest v1.0.0, algorithm.go). */
const hexLength: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

const anyDigest = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const lowerHex = /^[a-f0-9]*$/;
const imageId = /^sha256:[a-f0-9]{64}$/;

/** Why a string is no digest, in go-digest's words; undefined for a digest (go-digest v1.0.0, Digest.Validate). */
export function digestProblem(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon + 1 === text.length) return 'invalid checksum digest format';
  const length = hexLength.get(text.slice(0, colon));
  if (length === undefined) {
    // On very long text the pattern overflows the stack.
    const isDigestLike = text.length <= maxPatternLength && anyDigest.test(text);
    return isDigestLike ? 'unsupported digest algorithm' : 'invalid checksum digest format';
  }
  const hex = text.slice(colon + 1);
  if (hex.length !== length) return 'invalid checksum digest length';
  return lowerHex.test(hex) ? undefined : 'invalid checksum digest format';
}

export function isDigest(text: string): text is Digest {
  // Nearly all are of the form that an image ID has.
  return isImageId(text) || digestProblem(text) === undefined;
}

export function isImageId(text: string): text is ImageId {
  return imageId.test(text);
}

/** @throws InvalidReferenceError when the text is no digest that Docker supports */
export function parseDigest(text: string): Digest {
  const problem = digestProblem(text);
  if (problem !== undefined) throw new InvalidReferenceError(text, problem);
  return text as Digest;
}

/** @throws InvalidReferenceError when the text is not `sha256:` and 64 lower-case hex digits */
export function parseImageId(text: string): ImageId {
  if (!isImageId(text)) {
    throw new InvalidReferenceError(
      text,
      'invalid image ID: it must be sha256: and 64 lower-case hex digits',
    );
  }
  return text;
}
