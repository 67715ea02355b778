import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import type { Change } from '../../src/repositories/change.ts';
import {
  invertPatch,
  keyProblem,
  type Operation,
  type Patch,
  patchFromChanges,
} from '../../src/repositories/patch.ts';
import { errorFrom } from '../support/errors.ts';
import { digestX, imageA, imageB } from '../support/repositories.ts';

const patchOf = (...operations: Operation[]): Patch => ({ schema: 'docker-refstore/patch/v1', operations });
const problemsOf = (call: () => unknown) => {
  const error = errorFrom(call, RefstoreError);
  expect(error.code).toBe('INVALID_PATCH');
  return error.details['problems'] as string[];
};

describe('keyProblem', () => {
  test.each([
    'alpine:3.20',
    `alpine@${digestX}`,
    'registry.example.com:5000/web:1',
    'localhost/x:1',
    'Upper/x:1',
    'sha512:1',
    'acme/sha256:1',
    'constructor:latest',
  ])('%s is a key that the daemon writes', (key) => {
    expect(keyProblem(key)).toBeUndefined();
  });

  test.each([
    ['alpine', '"alpine" has neither tag nor digest'],
    [`alpine:1@${digestX}`, 'has a tag and a digest'],
    ['docker.io/library/alpine:1', 'is not how the daemon writes it: "alpine:1"'],
    ['library/alpine:1', 'is not how the daemon writes it: "alpine:1"'],
    ['index.docker.io/acme/app:1', 'is not how the daemon writes it: "acme/app:1"'],
    ['docker.io/foo.io/x:1', 'is not how the daemon writes it: "foo.io/x:1"'],
    ['sha256:1', 'the daemon refuses the name sha256'],
    ['Alpine:1', 'must be lowercase (write the repository name in lower case: "alpine:1")'],
    ['alpine:@sha256:1', 'invalid reference format'],
    ['alpine@md5:00000000000000000000000000000000', 'unsupported digest algorithm'],
    ['', 'invalid reference format'],
  ])('%s is none', (key, problem) => {
    expect(keyProblem(key)).toContain(problem);
  });
});

describe('patchFromChanges', () => {
  const changes: Change[] = [
    { op: 'add', repository: 'alpine', reference: 'alpine:1', image: imageA },
    { op: 'move', repository: 'alpine', reference: 'alpine:2', from: '', image: imageA },
    { op: 'remove', repository: 'alpine', reference: 'alpine:3', from: 'foo' },
  ];

  test('keeps what is needed to undo, and names a bucket only where it is not implied', () => {
    expect(patchFromChanges(changes, { sha256: 'ab' })).toEqual({
      schema: 'docker-refstore/patch/v1',
      base: { sha256: 'ab' },
      operations: [
        { op: 'add', reference: 'alpine:1', image: imageA },
        { op: 'move', reference: 'alpine:2', from: '', image: imageA },
        { op: 'remove', reference: 'alpine:3', from: 'foo' },
      ],
    });
    const odd = patchFromChanges([
      { op: 'remove', repository: 'zzz', reference: 'alpine:1', from: imageA },
      { op: 'remove', repository: 'alpine', reference: 'alpine:', from: imageA },
    ]);
    expect(odd).not.toHaveProperty('base');
    expect(odd.operations).toMatchObject([{ repository: 'zzz' }, { repository: 'alpine' }]);
  });

  test('refuses to add or move what the daemon would not write, and lists all of it', () => {
    const problems = problemsOf(() =>
      patchFromChanges([
        { op: 'add', repository: 'alpine', reference: 'alpine', image: imageA },
        ...changes,
        { op: 'move', repository: 'alpine', reference: 'alpine:1', from: imageA, image: 'sha256:short' },
      ]),
    );
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^operations\[0\]\.reference: /);
    expect(problems[1]).toBe(
      'operations[4].image: "sha256:short" is not an image ID: sha256: and 64 lower-case hex digits',
    );
  });

  test('refuses to add into a bucket where the daemon would not look', () => {
    const [problem] = problemsOf(() =>
      patchFromChanges([{ op: 'add', repository: 'zzz', reference: 'alpine:1', image: imageA }]),
    );
    expect(problem).toContain('"zzz"');
  });

  test('a message of many problems shows the first few and counts the rest', () => {
    const bad: Change[] = Array.from({ length: 10 }, (_, n) => ({
      op: 'add',
      repository: 'X',
      reference: `X:${n}`,
      image: imageA,
    }));
    const error = errorFrom(() => patchFromChanges(bad), RefstoreError);
    expect(error.message).toMatch(/operations\[2\].*; and 7 more$/);
    expect(error.details['problems']).toHaveLength(10);
  });
});

describe('invertPatch', () => {
  test('turns each operation round, and their order', () => {
    const patch = patchOf(
      { op: 'add', reference: 'a:1', image: imageA },
      { op: 'move', reference: 'a:1', from: imageA, image: imageB },
      { op: 'remove', reference: 'b:1', from: imageA },
    );
    expect(invertPatch(patch).operations).toEqual([
      { op: 'add', reference: 'b:1', image: imageA },
      { op: 'move', reference: 'a:1', from: imageB, image: imageA },
      { op: 'remove', reference: 'a:1', from: imageA },
    ]);
  });

  test('says which operation it cannot undo, and why', () => {
    const problems = problemsOf(() =>
      invertPatch(
        patchOf(
          { op: 'remove', reference: 'a:1' },
          { op: 'move', reference: 'a:2', image: imageA },
          { op: 'remove', reference: 'alpine:1', from: imageA, repository: 'zzz' },
          { op: 'remove', reference: 'a:3', from: 'foo' },
          { op: 'remove', reference: 'Alpine:1', from: imageA, repository: 'Alpine' },
        ),
      ),
    );
    expect(problems).toHaveLength(5);
    expect(problems[0]).toBe(
      'operations[0]: remove a:1 cannot be undone: it does not say "from", the image that was there',
    );
    expect(problems[2]).toContain('"zzz"');
    expect(problems[3]).toContain('"foo" is not an image ID');
  });
});
