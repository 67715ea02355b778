import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, idA, idB, repositories } from '../../support/cli-store.ts';

test('a table of every entry, in the order of the file', async () => {
  const { at } = await cliStore();
  const pad = ' '.repeat(`alpine@${digestA}`.length - 'REFERENCE'.length);
  const { status, stdout, stderr } = await cli([...at, 'ls']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    `REFERENCE${pad}   IMAGE ID`,
    `${'alpine:3.20'.padEnd(78)}   ${idA}`,
    `alpine@${digestA}   ${idA}`,
    `${'app:1'.padEnd(78)}   ${idB}`,
    '',
  ]);
});

test('a terminal gets short image IDs, in a list where it is narrow; a digest is never cut', async () => {
  const { at } = await cliStore();
  expect((await cli([...at, 'ls'], { columns: 100 })).stdout).toContain(
    `alpine@${digestA}   ${idA.slice(7, 19)}\n`,
  );
  expect((await cli([...at, 'ls'], { columns: 60 })).stdout).toContain(
    `alpine@${digestA}\n  image id  ${idA.slice(7, 19)}\n`,
  );
});

test('--json is one document', async () => {
  const { at } = await cliStore();
  expect(await cliJson([...at, 'ls'])).toEqual({
    status: 0,
    stderr: '',
    document: {
      schema: 'docker-refstore/references/v1',
      references: [
        { repository: 'alpine', reference: 'alpine:3.20', kind: 'tag', imageId: idA },
        { repository: 'alpine', reference: `alpine@${digestA}`, kind: 'digest', imageId: idA },
        { repository: 'app', reference: 'app:1', kind: 'tag', imageId: idB },
      ],
    },
  });
});

describe('NAME', () => {
  test.each([
    ['alpine', ['alpine:3.20', `alpine@${digestA}`]],
    ['docker.io/library/alpine', ['alpine:3.20', `alpine@${digestA}`]],
    ['alpine:3.20', ['alpine:3.20']],
    [`alpine@${digestA}`, [`alpine@${digestA}`]],
    ['alpine:other', []],
    ['nothing', []],
  ])('%s', async (name, expected) => {
    const { at } = await cliStore();
    const { status, document } = await cliJson([...at, 'ls', name]);
    const { references } = document as { references: { reference: string }[] };
    expect(status).toBe(expected.length > 0 ? 0 : 1);
    expect(references.map(({ reference }) => reference)).toEqual(expected);
  });

  test('a repository as it stands in the file, which no reference means', async () => {
    const { at } = await cliStore(
      repositories({ 'Bad Name': { 'Bad Name:x': idA }, alpine: { 'alpine:1': idA } }),
    );
    expect((await cli([...at, 'ls', 'Bad Name'])).stdout).toContain('Bad Name:x');
  });

  test('what is neither is refused', async () => {
    const { at } = await cliStore();
    expect(await cli([...at, 'ls', 'Alpine'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('must be lowercase'),
    });
  });
});

test('entries that Docker cannot resolve are listed and counted', async () => {
  const { at } = await cliStore(
    repositories({
      alpine: { 'alpine:1': idA, alpine: idA, 'other:1': idA },
      'docker.io/library/alpine': { 'docker.io/library/alpine:1': idA },
    }),
  );
  const { stdout, stderr } = await cli([...at, 'ls']);
  expect(stdout.split('\n')).toHaveLength(6);
  expect(stderr).toBe('3 of them are entries that Docker cannot resolve; refstore check says why\n');
  const { document } = await cliJson([...at, 'ls', 'alpine']);
  const { references } = document as { references: { kind: string }[] };
  expect(references.map(({ kind }) => kind)).toEqual(['other', 'tag', 'other']);
  expect((await cli([...at, 'ls', '--quiet'])).stderr).toBe('');
});

test('names cannot move the cursor, in a table or in JSON', async () => {
  const evil = 'a\u001b]0;owned\u0007\u009b2J\n';
  const { at } = await cliStore(repositories({ [evil]: { [`${evil}:1`]: idA } }));
  expect((await cli([...at, 'ls'])).stdout).toContain('a\\u001b]0;owned\\u0007\\u009b2J\\u000a:1');
  const { stdout } = await cli([...at, 'ls', '--json']);
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(JSON.parse(stdout)).toMatchObject({ references: [{ repository: evil }] });
});

test('no file is an empty store, as for the daemon', async () => {
  const { at } = await cliStore(null);
  expect((await cliJson([...at, 'ls'])).document).toMatchObject({ references: [] });
  expect(await cli([...at, 'ls'])).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a NAME that nothing has: said, and status 1', async () => {
  const { at } = await cliStore();
  expect(await cli([...at, 'ls', 'nothing'])).toEqual({
    status: 1,
    stdout: '',
    stderr: 'refstore: nothing in the store is named nothing\n',
  });
});

test('--quiet leaves the titles out', async () => {
  const { at } = await cliStore();
  const { stdout } = await cli([...at, 'ls', '--quiet']);
  expect(stdout.split('\n')).toHaveLength(4);
  expect(stdout).not.toContain('REFERENCE');
});
