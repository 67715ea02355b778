import { describe, expect, test } from 'vitest';
import {
  canonicalString,
  type Digest,
  familiarName,
  familiarString,
  InvalidReferenceError,
  parseAnyReference,
  parseDockerRef,
  parseNormalizedNamed,
  parseReference,
  type Reference,
  tagNameOnly,
} from '../../src/reference/index.ts';
import { readVectors } from '../support/vectors.ts';

interface Outcome {
  readonly error?: string;
  readonly string?: string;
  readonly [field: string]: unknown;
}
interface Vector {
  readonly in: string;
  readonly cat: string;
  readonly normalized: Outcome;
  readonly any: Outcome;
  readonly dockerRef: Outcome;
  readonly parse: Outcome;
}

function outcome<T>(
  parse: (text: string) => T,
  describeResult: (result: T) => Outcome,
  text: string,
): Outcome {
  try {
    return describeResult(parse(text));
  } catch (error) {
    if (error instanceof InvalidReferenceError) return { error: error.reason };
    throw error;
  }
}

function normalized(reference: Reference): Outcome {
  const string = canonicalString(reference);
  const familiar = familiarString(reference);
  const back = outcome(parseNormalizedNamed, (read) => ({ string: canonicalString(read) }), familiar);
  return {
    string,
    familiar,
    familiarName: familiarName(reference),
    ...parts(reference),
    tagNameOnly: canonicalString(tagNameOnly(reference)),
    ...(back.string === string ? {} : { reparse: back }),
  };
}

function parts({ domain, path, tag, digest }: Reference): Outcome {
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function any(result: Reference | { readonly digest: Digest }): Outcome {
  return 'domain' in result
    ? { string: canonicalString(result) }
    : { string: result.digest, digestOnly: true };
}

const vectors = await readVectors<Vector>('reference.jsonl');

describe('distribution/reference v0.6.0 gave the same answer', () => {
  test('the vectors are all there', () => {
    expect(vectors).toHaveLength(2817);
  });

  test.each([
    ['ParseNormalizedNamed', 'normalized', (text: string) => outcome(parseNormalizedNamed, normalized, text)],
    ['ParseAnyReference', 'any', (text: string) => outcome(parseAnyReference, any, text)],
    [
      'ParseDockerRef',
      'dockerRef',
      (text: string) => outcome(parseDockerRef, (read) => ({ string: canonicalString(read) }), text),
    ],
    [
      'Parse',
      'parse',
      (text: string) =>
        outcome(parseReference, (read) => ({ string: canonicalString(read), ...parts(read) }), text),
    ],
  ] as const)('%s', (_name, field, ours) => {
    for (const vector of vectors) expect(ours(vector.in), JSON.stringify(vector.in)).toEqual(vector[field]);
  });
});
