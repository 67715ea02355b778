import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { parseSource, transports } from '../../src/sources/parse-source.ts';
import { errorFrom } from '../support/errors.ts';

test.each([
  'content:',
  'containers:',
  'live:',
  'backup:20260102T030405.678Z-0123456789ab',
  'leftover:',
  'leftover:.tmp-repositories.json1',
  'driver:',
  'driver:overlay2',
  'driver:fuse-overlayfs',
])('%s', (text) => {
  expect(parseSource(text).spec).toBe(text);
});

describe('what is no source is a USAGE error that says what to write', () => {
  test.each([
    [
      '',
      '"" is no source',
      'a source is one of content:, containers:, live:, backup:ID, leftover:[NAME], driver:[NAME]',
    ],
    ['contents:', '"contents:" is no source', 'a source is one of content:,'],
    ['content', 'the source "content" lacks its colon', 'write content:'],
    ['content:x', 'content: takes nothing behind the colon, and "x" was given', 'write content:'],
    ['containers:web', 'containers: takes nothing behind the colon', 'write containers:'],
    ['live:unix:///run/x', 'live: takes nothing behind the colon', 'write live:'],
    ['backup:', 'backup: needs the ID of a backup', 'refstore backups lists them'],
    ['driver:../../etc', 'driver: takes the name of a storage driver', 'driver:overlay2'],
    ['driver:..', 'driver: takes the name of a storage driver', 'driver:overlay2'],
    ['__proto__:', '"__proto__:" is no source', 'a source is one of'],
  ])('%j', (text, message, hint) => {
    const error = errorFrom(() => parseSource(text), RefstoreError);
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});

test('every transport has its own name', () => {
  expect(new Set(transports.map(({ name }) => name)).size).toBe(transports.length);
  for (const { name, usage } of transports) expect(usage.startsWith(`${name}:`)).toBe(true);
});
