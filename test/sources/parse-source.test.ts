import { describe, expect, test } from 'vitest';
import { RefstoreError } from '../../src/errors.ts';
import { parseSource, transports } from '../../src/sources/parse-source.ts';
import { errorFrom } from '../support/errors.ts';

test.each([
  'docker://alpine:3.20',
  'docker://',
  'oci:layout:app:1',
  'oci-archive:app.tar',
  'docker-archive:/tmp/app.tar',
  'dir:app',
  'lock:digests.json',
  'inspect:images.json',
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
      'a source is one of docker://[REF], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE, dir:DIR, lock:FILE, inspect:FILE, content:, containers:, live:, backup:ID, file:FILE, leftover:[NAME], driver:[NAME]',
    ],
    ['contents:', '"contents:" is no source', 'a source is one of docker://[REF],'],
    ['content', 'the source "content" lacks its colon', 'write content:'],
    ['content:x', 'content: takes nothing behind the colon, and "x" was given', 'write content:'],
    ['containers:web', 'containers: takes nothing behind the colon', 'write containers:'],
    ['live:unix:///run/x', 'live: takes nothing behind the colon', 'write live:'],
    ['docker:alpine', 'docker: takes a reference behind two slashes, and "alpine" was given', 'docker://REF'],
    ['oci:', 'oci: needs a path', 'write oci:PATH'],
    ['oci-archive::tag', 'oci-archive: needs a path', 'oci-archive:PATH:TAG'],
    ['lock:', 'lock: needs a path', 'write lock:PATH'],
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
