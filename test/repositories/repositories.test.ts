import { describe, expect, test } from 'vitest';
import { InvalidReferenceError } from '../../src/reference/invalid-reference-error.ts';
import { parseNormalizedNamed } from '../../src/reference/parse.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import {
  NullRepositoriesError,
  ReferenceConflictError,
  ReferenceNotFoundError,
} from '../../src/repositories/reference-errors.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { errorFrom } from '../support/errors.ts';
import { digestX, entriesOf, imageA, imageB, tag } from '../support/repositories.ts';

const store = Repositories.fromEntries([
  tag('alpine:3.20', imageA),
  tag('alpine:latest', imageA),
  { repository: 'alpine', reference: `alpine@${digestX}`, imageId: imageA },
]);
const nullStore = parseRepositories('{"Repositories":null}');

describe('get and find', () => {
  test('any spelling of the same reference', () => {
    for (const spelling of ['alpine:3.20', 'library/alpine:3.20', 'docker.io/library/alpine:3.20']) {
      expect(store.get(spelling)).toBe(imageA);
      expect(store.find(parseNormalizedNamed(spelling))).toBe(imageA);
    }
  });

  test('a bare name is :latest, and a digest counts more than the tag beside it', () => {
    expect(store.get('alpine')).toBe(imageA);
    expect(store.get(`alpine:none@${digestX}`)).toBe(imageA);
  });

  test('what is not there', () => {
    expect(store.find('alpine:none')).toBeUndefined();
    const error = errorFrom(() => store.get('docker.io/library/alpine:none'), ReferenceNotFoundError);
    expect(error).toMatchObject({ code: 'REFERENCE_NOT_FOUND', reference: 'alpine:none' });
    expect(error.message).toBe('alpine:none: reference does not exist');
    expect(nullStore.find('alpine')).toBeUndefined();
  });

  test('a string that is no reference is refused', () => {
    expect(() => store.find('Alpine')).toThrow(InvalidReferenceError);
  });
});

describe('addTag and addDigest', () => {
  test('give a new store and leave the old one', () => {
    const before = serializeRepositories(store);
    const after = store.addTag('busybox', imageB).addDigest(`busybox:x@${digestX}`, imageB);
    expect(after.get('busybox:latest')).toBe(imageB);
    expect(after.entry('busybox', `busybox@${digestX}`)).toBe(imageB);
    expect(after.size).toBe(5);
    expect(serializeRepositories(store)).toBe(before);
  });

  test('what is there already changes nothing', () => {
    expect(store.addTag('alpine', imageA)).toBe(store);
    expect(store.addDigest(`alpine@${digestX}`, imageA)).toBe(store);
  });

  test('a tag moves only with force, a digest never', () => {
    const tagged = errorFrom(() => store.addTag('alpine', imageB), ReferenceConflictError);
    expect(tagged).toMatchObject({
      code: 'REFERENCE_CONFLICT',
      kind: 'conflict',
      reference: 'alpine:latest',
    });
    expect(tagged.details).toMatchObject({ imageId: imageA });
    expect(store.addTag('alpine', imageB, { force: true }).get('alpine')).toBe(imageB);
    expect(() => store.addDigest(`alpine@${digestX}`, imageB)).toThrow(ReferenceConflictError);
  });

  test('a digest is no tag, and a tag no digest', () => {
    const withDigest = errorFrom(() => store.addTag(`a:1@${digestX}`, imageA), ReferenceConflictError);
    expect(withDigest).toMatchObject({
      kind: 'invalid',
      reason: 'refusing to create a tag with a digest reference',
    });
    expect(() => store.addDigest('a:1', imageA)).toThrow(InvalidReferenceError);
  });

  test('the name sha256 is refused in every spelling, and others like it are not', () => {
    for (const name of ['sha256:1', 'docker.io/library/sha256:1', `sha256@${digestX}`]) {
      const add = () => (name.includes('@') ? store.addDigest(name, imageA) : store.addTag(name, imageA));
      expect(errorFrom(add, ReferenceConflictError).kind).toBe('invalid');
    }
    expect(store.addTag('acme/sha256:1', imageA).get('acme/sha256:1')).toBe(imageA);
    expect(store.addTag('sha512:1', imageA).get('sha512:1')).toBe(imageA);
  });

  test('into a null map: refused, where the daemon crashes', () => {
    const error = errorFrom(() => nullStore.addTag('alpine', imageA), NullRepositoriesError);
    expect(error.code).toBe('INVALID_REPOSITORIES_FILE');
    expect(error.message).toContain('alpine:latest');
    expect(() => nullStore.addTag(`a@${digestX}`, imageA)).toThrow(ReferenceConflictError);
    expect(() => nullStore.addTag('sha256:1', imageA)).toThrow(ReferenceConflictError);
  });

  test('into a null bucket: it becomes a proper one', () => {
    const after = parseRepositories('{"Repositories":{"a":null,"b":null}}').addTag('a:1', 'x');
    expect(serializeRepositories(after)).toBe('{"Repositories":{"a":{"a:1":"x"},"b":null}}');
  });
});

describe('delete', () => {
  test('takes one entry, and with the last its repository', () => {
    const two = Repositories.fromEntries([tag('a:1', imageA), tag('b:latest', imageA)]);
    expect(serializeRepositories(two.delete('b'))).toBe(`{"Repositories":{"a":{"a:1":"${imageA}"}}}`);
    expect(two.delete('b').delete('a:1').size).toBe(0);
  });

  test('leaves empty and null buckets of others', () => {
    const after = parseRepositories('{"Repositories":{"a":{"a:1":"x"},"b":{},"c":null}}').delete('a:1');
    expect(serializeRepositories(after)).toBe('{"Repositories":{"b":{},"c":null}}');
  });

  test('what is not there is an error', () => {
    for (const one of [store, nullStore, Repositories.empty]) {
      expect(() => one.delete('alpine:none')).toThrow(ReferenceNotFoundError);
    }
  });
});

describe('references and referencesByName', () => {
  const odd = Repositories.fromEntries([
    tag('alpine:1', imageA),
    { repository: 'zzz', reference: 'alpine:moved', imageId: imageA },
    { repository: 'docker.io/library/alpine', reference: 'docker.io/library/alpine:1', imageId: imageA },
    { repository: 'broken', reference: 'broken:', imageId: imageA },
    { repository: 'broken', reference: 'broken:1', imageId: imageB },
  ]);

  test('list full forms in byte order, odd buckets too, unreadable keys not', () => {
    expect(odd.references(imageA)).toEqual([
      'docker.io/library/alpine:1',
      'docker.io/library/alpine:1',
      'docker.io/library/alpine:moved',
    ]);
    expect(odd.references('')).toEqual([]);
  });

  test('a key in the wrong bucket is listed by that bucket, and not found', () => {
    expect(odd.referencesByName('zzz')).toEqual([
      { reference: 'docker.io/library/alpine:moved', imageId: imageA },
    ]);
    expect(odd.find('alpine:moved')).toBeUndefined();
  });

  test('one unreadable key hides its whole repository', () => {
    expect(odd.referencesByName('broken')).toEqual([]);
    expect(odd.get('broken:1')).toBe(imageB);
  });

  test('what was added is listed as it was given, until the file is read again', () => {
    const added = Repositories.empty.addTag('docker.io/foo.io/x:1', imageA);
    expect(added.references(imageA)).toEqual(['docker.io/foo.io/x:1']);
    const again = parseRepositories(serializeRepositories(added));
    expect(again.references(imageA)).toEqual(['foo.io/x:1']);
    const replaced = added.delete('foo.io/x:1').addTag('foo.io/x:1', imageA);
    expect(replaced.references(imageA)).toEqual(['foo.io/x:1']);
  });
});

describe('names that objects have of their own', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', 'null'])('%s', (name) => {
    expect(Repositories.empty.entry(name, name)).toBeUndefined();
    const one = Repositories.fromEntries([{ repository: name, reference: name, imageId: name }]);
    expect(one.entry(name, name)).toBe(name);
    expect(entriesOf(parseRepositories(serializeRepositories(one)))).toEqual(entriesOf(one));
  });

  test('constructor is an image like any other', () => {
    const added = Repositories.empty.addTag('constructor', imageA);
    expect(added.get('constructor:latest')).toBe(imageA);
    expect(added.delete('constructor').size).toBe(0);
  });
});

test('fromEntries: the later entry wins, and order does not matter', () => {
  const one = Repositories.fromEntries([
    tag('b:1', imageA),
    tag('a:2', imageA),
    tag('a:1', imageA),
    tag('b:1', imageB),
  ]);
  expect(entriesOf(one)).toEqual([tag('a:1', imageA), tag('a:2', imageA), tag('b:1', imageB)]);
  expect(one.size).toBe(3);
});

describe('a key that stands in two buckets at one image is remembered once, as in the daemon', () => {
  const text = JSON.stringify({
    Repositories: { foo: { 'foo:1': 'sha256:a' }, other: { 'foo:1': 'sha256:a' } },
  });
  const reloaded = (repositories: Repositories) => parseRepositories(serializeRepositories(repositories));
  const there = ['docker.io/library/foo:1'];

  test('removed from one, it is gone until the next load', () => {
    const after = parseRepositories(text).delete('foo:1');
    expect(after.references('sha256:a')).toEqual([]);
    expect(reloaded(after).references('sha256:a')).toEqual(there);
  });

  test('moved in one, the old image is without it until the next load', () => {
    const after = parseRepositories(text).addTag('foo:1', 'sha256:b', { force: true });
    expect(after.references('sha256:a')).toEqual([]);
    expect(after.references('sha256:b')).toEqual(there);
    expect(reloaded(after).references('sha256:a')).toEqual(there);
    expect(after.addTag('foo:1', 'sha256:a', { force: true }).references('sha256:a')).toEqual(there);
  });

  test('what it was given as is known for the image that it was given to, not for another', () => {
    const start = JSON.stringify({ Repositories: { other: { 'foo.io/x:1': 'sha256:a' } } });
    const after = parseRepositories(start).addTag('docker.io/foo.io/x:1', 'sha256:b');
    expect(after.references('sha256:a')).toEqual(['foo.io/x:1']);
    expect(after.references('sha256:b')).toEqual(['docker.io/foo.io/x:1']);
  });
});
