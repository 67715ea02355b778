import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, healthy, idA, idB, repositories } from '../../support/cli-store.ts';

describe('tag', () => {
  test.each([
    ['alpine:3.20', idA],
    [`alpine@${digestA}`, idA],
    ['docker.io/library/app:1', idB],
    [idB, idB],
    [idB.slice(7), idB],
    [idB.slice(7, 13), idB],
    [idB.slice(0, 11), idB],
  ])('%s new', async (image, expected) => {
    const store = await cliStore();
    expect(await cli([...store.at, 'tag', '--yes', image, 'docker.io/library/new'])).toMatchObject({
      status: 0,
    });
    expect(JSON.parse(await store.content()).Repositories.new).toEqual({ 'new:latest': expected });
  });

  test('moves a tag only with --force', async () => {
    const store = await cliStore();
    const refused = await cli([...store.at, 'tag', '--yes', 'app:1', 'alpine:3.20']);
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('is already set to image') });
    expect(await store.content()).toBe(healthy);
    const { status, stderr } = await cli([...store.at, 'tag', '--yes', '--force', 'app:1', 'alpine:3.20']);
    expect(status).toBe(0);
    expect(stderr).toContain(`~ alpine:3.20  ${idA} -> ${idB}\n`);
    expect(stderr).toContain(
      `warning: image ${idA} keeps no tag, only digests: docker image prune would remove it`,
    );
  });

  test.each([
    ['an image that is not there', [`sha256:${'9'.repeat(64)}`, 'new:1'], 3, 'there is no image sha256:9999'],
    ['a reference that is not there', ['alpine', 'new:1'], 3, 'alpine:latest: reference does not exist'],
    ['the beginning of no ID', ['9999', 'new:1'], 3, '9999: reference does not exist'],
    [
      'a digest as the new name',
      ['alpine:3.20', `new@${digestA}`],
      3,
      'refusing to create a tag with a digest',
    ],
    ['the name sha256', ['alpine:3.20', 'sha256:1'], 3, 'ambiguous tag'],
    ['a name in capitals', ['alpine:3.20', 'New:1'], 2, '"New:1" is not a valid reference'],
  ])('refuses %s', async (_what, args, expected, message) => {
    const store = await cliStore();
    const { status, stderr } = await cli([...store.at, 'tag', '--yes', ...args]);
    expect({ status, stderr }).toMatchObject({ status: expected, stderr: expect.stringContaining(message) });
    expect(await store.content()).toBe(healthy);
  });

  test('a beginning that fits two images is refused, and a tag of that name wins over it', async () => {
    const short = idA.slice(7, 11);
    const other = `sha256:${short}${'c'.repeat(60)}`;
    const store = await cliStore(
      repositories({ x: { 'x:1': idA, 'x:2': other }, [short]: { [`${short}:latest`]: idB } }),
    );
    expect(await cli([...store.at, 'tag', '--yes', `sha256:${short}`, 'new:1'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('is the beginning of 2 image IDs'),
    });
    expect(await cli([...store.at, 'tag', '--yes', short, 'new:1'])).toMatchObject({ status: 0 });
    expect(JSON.parse(await store.content()).Repositories.new).toEqual({ 'new:1': idB });
  });

  test('a tag that is there already changes nothing', async () => {
    const store = await cliStore();
    expect(await cliJson([...store.at, 'tag', '--yes', 'app:1', 'app:1'])).toMatchObject({
      status: 0,
      document: { changed: false, changes: [], backup: null },
    });
  });
});

describe('untag', () => {
  test('removes several, or none of them', async () => {
    const store = await cliStore();
    expect(await cli([...store.at, 'untag', '--yes', 'app:1', 'app:2'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('refstore: app:2: reference does not exist'),
    });
    expect(await store.content()).toBe(healthy);
    expect(await cli([...store.at, 'untag', '--yes', 'app:1', `alpine@${digestA}`, 'app:1'])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`warning: image ${idB} keeps no name`),
    });
    expect(await store.content()).toBe(repositories({ alpine: { 'alpine:3.20': idA } }));
  });

  const odd = {
    alpine: { 'alpine:3.18': idA, alpine: idA },
    app: { 'alpine:3.18': idB, 'alpine:stray': idB, 'app:1': idB },
    'docker.io/library/alpine': { 'docker.io/library/alpine:3.18': idB },
    other: { 'Twice:1': idA },
    third: { 'Twice:1': idA },
  };
  test.each([
    ['the one that Docker resolves, of two with one key', 'alpine:3.18', 'alpine', 'alpine:3.18'],
    [
      'the entry as it stands, before what it means',
      'docker.io/library/alpine:3.18',
      'docker.io/library/alpine',
      undefined,
    ],
    ['an entry in another repository', 'alpine:stray', 'app', 'alpine:stray'],
    ['a key without a tag', 'alpine', 'alpine', 'alpine'],
    ['what Docker resolves under it', 'index.docker.io/library/app:1', 'app', 'app:1'],
  ])('takes %s', async (_what, reference, bucket, key = reference) => {
    const store = await cliStore(repositories(odd));
    const { status, document } = await cliJson([...store.at, 'untag', '--yes', reference]);
    expect({ status, document }).toMatchObject({
      status: 0,
      document: { changes: [{ op: 'remove', repository: bucket, reference: key }] },
    });
  });

  test('does not choose between two that Docker cannot resolve', async () => {
    const store = await cliStore(repositories(odd));
    expect(await cli([...store.at, 'untag', '--yes', 'Twice:1'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('Twice:1 stands in "other" and "third"'),
    });
  });
});

test('untag says nothing of pruning an image that is not there', async () => {
  const missing = `sha256:${'9'.repeat(64)}`;
  const store = await cliStore(repositories({ alpine: { 'alpine:1': 'weird', 'alpine:2': missing } }));
  const { status, stderr } = await cli([...store.at, 'untag', '--dry-run', 'alpine:1', 'alpine:2']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('warning') });
});

test('of very many changes the count comes first, and the first 200 are shown', async () => {
  const tags = Array.from({ length: 250 }, (_, i) => `many:${i}`);
  const store = await cliStore(repositories({ many: Object.fromEntries(tags.map((tag) => [tag, idA])) }));
  const lines = (await cli([...store.at, 'untag', '--dry-run', ...tags])).stderr.split('\n');
  expect(lines[0]).toBe(`${store.file}: 250 removed`);
  expect(lines.filter((line) => line.startsWith('- many:'))).toHaveLength(200);
  expect(lines).toContain('… and 50 more (--dry-run --json or --out lists all)');
});

test.each([
  '--stop-command=x',
  '--start-command=x',
  '--restart-command=x',
  '--pid-file=x',
  '--manager=systemd',
  '--timeout=1',
])('%s has no effect without --restart, and is refused', async (option) => {
  const store = await cliStore();
  for (const more of [[], ['--restart=none']]) {
    const { status, stderr } = await cli([...store.at, 'untag', '--yes', option, ...more, 'app:1']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining(`${option.split('=')[0]} has no effect without --restart`),
    });
  }
  expect(await store.content()).toBe(healthy);
});
