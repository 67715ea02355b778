export {
  type Digest,
  type ImageId,
  isDigest,
  isImageId,
  parseDigest,
  parseImageId,
} from './digest.ts';
export { InvalidReferenceError } from './invalid-reference-error.ts';
export {
  parseAnyReference,
  parseDockerRef,
  parseNormalizedNamed,
  parseReference,
  tryParseNormalizedNamed,
} from './parse.ts';
export {
  canonicalName,
  canonicalString,
  familiarName,
  familiarString,
  type Reference,
  tagNameOnly,
  withoutTag,
} from './reference.ts';
