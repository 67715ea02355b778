import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../../src/errors.ts';
import { localName, nameThere, parseAs, parseNameChange } from '../../../src/sources/evidence/naming.ts';
import { errorFrom } from '../../support/errors.ts';

describe('--map OLD=NEW', () => {
  test.each([
    ['alpine=mine', 'alpine', 'mine'],
    ['alpine=registry.local:5000/alpine', 'alpine', 'registry.local:5000/alpine'],
    ['mirror.local:5000/=docker.io/', 'mirror.local:5000/library/alpine', 'alpine'],
    ['mirror.local:5000/=docker.io/', 'mirror.local:5000/team/app', 'team/app'],
    ['mirror.local:5000/=docker.io/library/', 'mirror.local:5000/alpine', 'alpine'],
    ['team/=other/', 'team/app/x', 'other/app/x'],
    ['team/=other/', 'teams/app', 'teams/app'],
    ['alpine=mine', 'alpines', 'alpines'],
    ['docker.io/=localhost/', 'alpine', 'localhost/library/alpine'],
  ])('%s: %s is %s here, and back', (text, there, local) => {
    const map = [parseNameChange(text)];
    expect(localName(there, { map })).toBe(local);
    expect(nameThere(local, { map })).toBe(there);
  });

  test('the very name comes before beginnings, a longer beginning before a shorter', () => {
    const map = ['a.io/=b.io/', 'a.io/x/=c.io/', 'a.io/x/y=d.io/z'].map(parseNameChange);
    expect(localName('a.io/x/y', { map })).toBe('d.io/z');
    expect(localName('a.io/x/q', { map })).toBe('c.io/q');
    expect(localName('a.io/q', { map })).toBe('b.io/q');
  });

  test('a name that the store cannot tell from another is none', () => {
    expect(localName('x', { map: [parseNameChange('x=docker.io/foo.io/x')] })).toBeUndefined();
  });

  const shape = 'write OLD=NEW: two repositories, or two beginnings that end in a slash';
  const name = 'write it without tag and digest, in lower case';
  test.each([
    ...['', '=', 'a=', '=a', 'a=b=c', 'a', 'a/=b', 'a=b/'].map((text) => [text, shape] as const),
    ...['A=b', 'a:1=b', 'a=b:1', '/=/', '../=b/'].map((text) => [text, name] as const),
  ])('%j is refused', (text, hint) => {
    const error = errorFrom(() => parseNameChange(text), RefstoreError);
    expect(error.code).toBe('USAGE');
    expect(error.hint).toBe(hint);
  });
});

describe('--as NAME', () => {
  test('overrules what a source says', () => {
    expect(localName('there', { as: parseAs('docker.io/library/here') })).toBe('here');
  });

  test('takes a name alone', () => {
    expect(errorFrom(() => parseAs('here:1'), RefstoreError)).toMatchObject({
      code: 'USAGE',
      hint: 'write here',
    });
    expect(errorFrom(() => parseAs('Here'), RefstoreError).code).toBe('INVALID_REFERENCE');
  });
});
