import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { repositories } from '../../support/cli-store.ts';
import { digestOf } from '../../support/data-root.ts';
import { Hosts } from '../../support/hosts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const hosts = new Hosts();

async function inspectFile(): Promise<string> {
  const file = join(await temporaryFolder(), 'inspect.json');
  const image = { Id: hosts.app, RepoTags: [], RepoDigests: [hosts.appDigest] };
  await writeFile(file, JSON.stringify([image]));
  return file;
}

describe('digests export, digests restore', () => {
  test('carry the digests of one host to another', async () => {
    const connected = await hosts.connected();
    const file = join(await temporaryFolder(), 'digests.json');
    expect(await cli([...connected.at, 'digests', 'export', '--out', file])).toMatchObject({
      status: 0,
      stdout: `2 digests and 3 manifests written to ${file}\n`,
      stderr: '',
    });
    const { root, at } = await hosts.airGapped();
    const restored = await cli([...at, 'digests', 'restore', '--yes', '--from', `lock:${file}`]);
    expect(restored).toMatchObject({ status: 0, stdout: expect.stringContaining('2 digests restored\n') });
    expect(restored.stderr).toContain(`+ ${hosts.appDigest}  ${hosts.app}\n`);
    expect(restored.stderr).toContain(`${hosts.appDigest}: proven by lock:${file} (${file})`);
    expect(await readFile(root.location.file, 'utf8')).toBe(
      await readFile(connected.root.location.file, 'utf8'),
    );
    expect(await cli([...at, 'digests', 'restore', '--yes', '--from', `lock:${file}`])).toMatchObject({
      status: 0,
      stdout: 'nothing to change\n0 digests restored, 2 there already\n',
    });
  });

  test('global options may stand anywhere, and the document is the same on standard output', async () => {
    const { at } = await hosts.connected();
    const { stdout, status } = await cli(['digests', ...at, 'export', 'multi']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'docker-refstore/digests/v2',
      digests: [{ reference: hosts.multiDigest }],
    });
    expect((await cli([...at, 'digests', 'export', '--json', 'multi'])).stdout).toBe(stdout);
  });
});

describe('digests export', () => {
  test('tells what it leaves out, and fails', async () => {
    const { at } = await hosts.airGapped({
      multi: { 'multi:1': hosts.multi, [hosts.multiDigest]: hosts.multi },
    });
    expect(await cli([...at, 'digests', 'export'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('"digests": []'),
      stderr: `left out: ${hosts.multiDigest}: no manifest at hand proves it\n`,
    });
    const file = join(await temporaryFolder(), 'digests.json');
    expect(await cliJson([...at, 'digests', 'export', '--out', file])).toMatchObject({
      status: 1,
      document: {
        schema: 'docker-refstore/export/v1',
        digests: 0,
        leftOut: [{ reference: hosts.multiDigest, image: hosts.multi }],
      },
    });
  });

  test('from a layout, with no Docker here', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'manifest.json'), hosts.appManifest);
    const at = ['--data-root', join(folder, 'nothing')];
    const nameless = await cli([...at, 'digests', 'export', '--from', `dir:${folder}`]);
    expect(nameless).toMatchObject({ status: 1, stderr: expect.stringContaining('say it with --as') });
    const named = await cli([
      ...at,
      'digests',
      'export',
      '--from',
      `dir:${folder}`,
      '--as',
      'registry.example.com/app',
    ]);
    expect(named.status).toBe(0);
    expect(JSON.parse(named.stdout).digests).toMatchObject([{ reference: hosts.appDigest }]);
  });

  test.each([
    [['--as', 'x'], 2, '--as is for digests of a source: add --from'],
    [['--platform', 'linux/amd64'], 2, '--platform is for digests of a source'],
    [['nothing'], 3, 'nothing: reference does not exist'],
    [['--from', 'nothing'], 2, '"nothing" is no source'],
  ])('%j', async (args, status, message) => {
    const { at } = await hosts.connected();
    expect(await cli([...at, 'digests', 'export', ...args])).toMatchObject({
      status,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

describe('digests restore', () => {
  test('shows and writes nothing with --dry-run, and gives the patch with --out', async () => {
    const { root, at } = await hosts.airGapped();
    const before = await readFile(root.location.file, 'utf8');
    const from = ['--from', `lock:${await hosts.lockFile()}`];
    expect(await cli([...at, 'digests', 'restore', ...from, '--dry-run'])).toMatchObject({
      status: 0,
      stdout: 'would be written: 2 added\n2 digests would be restored\n',
    });
    const out = join(await temporaryFolder(), 'patch.json');
    expect(await cli([...at, 'digests', 'restore', ...from, '--out', out])).toMatchObject({ status: 0 });
    expect(await readFile(root.location.file, 'utf8')).toBe(before);
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({
      operations: [{ op: 'add', reference: hosts.multiDigest }, { op: 'add' }],
    });
    expect(await cli([...at, 'patch', '--yes', out])).toMatchObject({ status: 0 });
    expect(await readFile(root.location.file, 'utf8')).toContain(hosts.appDigest);
  });

  test('asks on a terminal, and takes no for an answer', async () => {
    const { root, at } = await hosts.airGapped();
    const from = ['--from', `lock:${await hosts.lockFile()}`];
    const { status, stderr } = await cli([...at, 'digests', 'restore', ...from], {
      columns: 200,
      input: 'n\n',
    });
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('Go on? [y/N]') });
    expect(await readFile(root.location.file, 'utf8')).not.toContain('@');
  });

  test('an image without a tag gets a digest only when that is asked for', async () => {
    const { root, at } = await hosts.airGapped({ multi: hosts.tags.multi });
    const restore = ['digests', 'restore', '--yes', '--from', `lock:${await hosts.lockFile()}`];
    const refused = await cliJson([...at, ...restore]);
    expect(refused).toMatchObject({
      status: 1,
      document: {
        schema: 'docker-refstore/restore/v1',
        changed: true,
        restored: [{ reference: hosts.multiDigest, trusted: false }],
        trusted: [],
        notRestored: [
          {
            reference: hosts.appDigest,
            reason: 'untagged',
            message: expect.stringContaining(`refstore tag ${hosts.app}`),
          },
        ],
      },
    });
    expect(await cli([...at, ...restore, '--untagged'])).toMatchObject({ status: 0 });
    expect(await readFile(root.location.file, 'utf8')).toContain(hosts.appDigest);
  });

  test('moves no entry', async () => {
    const wrong = { multi: { 'multi:1': hosts.multi, [hosts.multiDigest]: hosts.app } };
    const { root, at } = await hosts.airGapped({ ...hosts.tags, ...wrong });
    const { status, stderr } = await cli([
      ...at,
      'digests',
      'restore',
      '--yes',
      '--from',
      `lock:${await hosts.lockFile()}`,
    ]);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`refstore untag ${hosts.multiDigest} makes room`),
    });
    expect(JSON.parse(await readFile(root.location.file, 'utf8')).Repositories.multi).toEqual(wrong.multi);
  });

  test('what no manifest proves is restored only when it is trusted, loudly', async () => {
    const { at, root } = await hosts.airGapped();
    const restore = [...at, 'digests', 'restore', '--yes', '--from', `inspect:${await inspectFile()}`];
    expect(await cli(restore)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no manifest proves it'),
    });
    expect(await readFile(root.location.file, 'utf8')).toBe(repositories(hosts.tags));
    const trusted = await cliJson([...restore, '--quiet', '--trust-unproven', hosts.appDigest]);
    expect(trusted).toMatchObject({
      status: 0,
      document: { changed: true, trusted: [hosts.appDigest], restored: [{ trusted: true }] },
      stderr: expect.stringContaining(`warning: TRUSTED WITHOUT PROOF: ${hosts.appDigest} as the image`),
    });
    expect(await readFile(root.location.file, 'utf8')).toContain(hosts.appDigest);
  });

  test.each([
    [[], 2, 'digests restore needs a source'],
    [['--from', 'lock:/nowhere/digests.json'], 2, '/nowhere/digests.json: it is not there'],
    [['--from', 'content:', '--map', 'a=b/'], 2, 'only one side ends in a slash'],
    [['--from', 'content:', '--as', 'a:1'], 2, '--as takes a name without tag and digest'],
    [['--from', 'content:', '--trust-unproven', 'a:1'], 2, '"a:1" is not a valid reference'],
    [['--from', 'content:', '--trust-unproven', hosts.appDigest], 3, 'no source says which image it is'],
  ])('%j', async (args, status, message) => {
    const { at, root } = await hosts.airGapped();
    const before = await readFile(root.location.file, 'utf8');
    expect(await cli([...at, 'digests', 'restore', '--yes', ...args])).toMatchObject({
      status,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
    expect(await readFile(root.location.file, 'utf8')).toBe(before);
  });

  test('interrupted, it leaves the store as it was', async () => {
    const { at, root } = await hosts.airGapped();
    const from = ['--from', `lock:${await hosts.lockFile()}`];
    const signal = AbortSignal.abort();
    expect(await cli([...at, 'digests', 'restore', '--yes', ...from], { signal })).toMatchObject({
      status: 3,
    });
    expect(await readFile(root.location.file, 'utf8')).toBe(repositories(hosts.tags));
  });
});

describe('a group of commands', () => {
  test.each([[['digests', '--help']], [['--help', 'digests']], [['help', 'digests']]])('%j', async (argv) => {
    const { status, stdout } = await cli(argv);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: refstore digests export [OPTIONS] [REF…]\n');
    expect(stdout).toContain('Usage: refstore digests restore [OPTIONS]\n');
  });

  test.each([
    [['digests'], 'digests what?'],
    [['digests', 'carry'], 'digests has no "carry"'],
    [['digests', '--from', 'x', 'restore'], 'unknown option "--from"'],
  ])('%j', async (argv, message) => {
    const { status, stderr } = await cli(argv);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
  });

  test('help for one of it', async () => {
    expect((await cli(['help', 'digests', 'export'])).stdout).toMatch(/^Usage: refstore digests export /);
  });
});

test('a lock document that was changed on the way is refused', async () => {
  const { at, root } = await hosts.airGapped();
  const file = await hosts.lockFile((text) => text.replaceAll(digestOf(hosts.index), digestOf('another')));
  expect(await cli([...at, 'digests', 'restore', '--yes', '--from', `lock:${file}`])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('hash to'),
  });
  expect(await readFile(root.location.file, 'utf8')).toBe(repositories(hosts.tags));
});

test('restore --from file: takes the digests of a plain copy of the file', async () => {
  const connected = await hosts.connected();
  const copy = join(await temporaryFolder(), 'copy.json');
  await writeFile(copy, await readFile(connected.root.location.file));
  const { root, at } = await hosts.airGapped();
  const restored = await cli([...at, 'digests', 'restore', '--yes', '--from', `file:${copy}`]);
  expect(restored).toMatchObject({ status: 0, stdout: expect.stringContaining('2 digests restored\n') });
  expect(await readFile(root.location.file, 'utf8')).toBe(await readFile(copy, 'utf8'));
});
