import { spawnSync } from 'node:child_process';
import { chmod, mkdir, open, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliOptions, cli, cliJson } from '../support/cli.ts';
import { type CliStore, cliStore, healthy, idA } from '../support/cli-store.ts';
import { compileLibrary } from '../support/compiled.ts';

interface Complaint {
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}

/** One clear sentence, perhaps a hint, the right status, no stack trace; and the same as a document. */
async function expectComplaint(argv: readonly string[], expected: Complaint, options: CliOptions = {}) {
  const { status, stdout, stderr } = await cli(argv, options);
  expect({ status, stdout, stderr }).toMatchObject({
    status: expected.status,
    stdout: '',
    stderr: expect.stringMatching(expected.message),
  });
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('refstore: '))).toHaveLength(1);
  expect(
    lines.slice(lines.findIndex((line) => line.startsWith('refstore: ')) + 1).length,
  ).toBeLessThanOrEqual(1);
  expect(stderr).not.toMatch(/^\s+at |Error:|undefined|\[object/m);
  expect(stderr.length).toBeLessThan(1500);

  const { document, ...told } = await cliJson(argv, options);
  expect({ ...told, document }).toMatchObject({
    status: expected.status,
    document: {
      schema: 'docker-refstore/error/v1',
      error: { code: expected.code, message: expect.any(String), details: expect.any(Object) },
    },
  });
}

describe('a file that no daemon reads', () => {
  test.each([
    ['cut in the middle', healthy.slice(0, 60), /repositories\.json:1:\d+: the file ends /],
    ['empty', '', /repositories\.json:1:1: the file is empty/],
    ['with a foreign text in it', 'so be it\n', /repositories\.json:1:1: /],
    ['null', 'null', /repositories\.json:1:1: /],
    ['with a number for an image ID', '{"Repositories":{"a":{"a:1":7}}}', /repositories\.json:1:29: /],
  ])('%s', async (_what, content, message) => {
    const store = await cliStore(content);
    const complaint = { status: 2, code: 'INVALID_REPOSITORIES_FILE', message };
    await expectComplaint([...store.at, 'ls'], complaint);
    await expectComplaint([...store.at, 'tag', '--yes', idA, 'new:1'], complaint);
    expect(await store.content()).toBe(content);
    expect(await store.beside()).toEqual(['imagedb']);
  });

  test('of 200 MB of nested brackets', async () => {
    const store = await cliStore();
    const file = await open(store.file, 'w');
    const brackets = Buffer.alloc(1 << 20, '[');
    for (let written = 0; written < 200; written++) await file.write(brackets);
    await file.close();
    const complaint = {
      status: 2,
      code: 'INVALID_REPOSITORIES_FILE',
      message: /1:10001: more than 10000 brackets are open/,
    };
    await expectComplaint([...store.at, 'ls'], complaint);
    await expectComplaint([...store.at, 'untag', '--yes', 'app:1'], complaint);
  });

  test('larger than any store', async () => {
    const store = await cliStore();
    const file = await open(store.file, 'w');
    await file.truncate(4 * 2 ** 30);
    await file.close();
    await expectComplaint([...store.at, 'ls'], {
      status: 2,
      code: 'LIMIT_EXCEEDED',
      message: /has 4294967296 bytes/,
    });
  });

  test.each([
    ['a directory', (path: string) => mkdir(path)],
    ['a symbolic link', (path: string) => symlink('/dev/zero', path)],
  ])('%s', async (what, make) => {
    const store = await cliStore(null);
    await make(store.file);
    const complaint = {
      status: 3,
      code: 'NOT_A_REGULAR_FILE',
      message: new RegExp(`is ${what}, not a regular file`),
    };
    await expectComplaint([...store.at, 'ls'], complaint);
    await expectComplaint([...store.at, 'tag', '--yes', idA, 'new:1'], complaint);
  });
});

describe('a patch', () => {
  const patch = (operation: object): string =>
    JSON.stringify({ schema: 'docker-refstore/patch/v1', operations: [operation] });
  const good = { op: 'add', reference: 'new:1', image: idA };
  test.each([
    ['that is no JSON', '{"schema": "docker-refstore/patch/v1",\n "operations": [}', /line 2, column 17/],
    ['that is empty', '', /it is not JSON/],
    [
      'with an unknown field',
      patch({ ...good, from: idA }),
      /operations\[0\] has a field that is unknown here: "from"/,
    ],
    [
      'with a typo in a field',
      patch({ op: 'add', refrence: 'new:1', image: idA }),
      /operations\[0\].*refrence/,
    ],
    ['with an unknown operation', patch({ ...good, op: 'ad' }), /"ad", expected add, move or remove/],
    [
      'with a reference in capitals',
      patch({ ...good, reference: 'New:1' }),
      /"New:1" is not a valid reference: .*lowercase/,
    ],
    [
      'with a reference that is not familiar',
      patch({ ...good, reference: 'docker.io/new:1' }),
      /how the daemon writes it: "new:1"/,
    ],
    [
      'with half an image ID',
      patch({ ...good, image: idA.slice(0, 30) }),
      /operations\[0\]\.image: .* is not an image ID/,
    ],
    ['of another version', patch(good).replace('v1', 'v2'), /schema is "docker-refstore\/patch\/v2"/],
    ['that is a repositories.json', healthy, /schema is missing/],
    ['with the escapes of a terminal', patch({ ...good, reference: '\u001b[2J:1' }), /\\u001b\[2J/],
  ])('%s', async (_what, input, message) => {
    const store = await cliStore();
    const complaint = { status: 2, code: 'INVALID_PATCH', message };
    await expectComplaint([...store.at, 'patch', '--yes', '-'], complaint, { input });
    expect(await store.content()).toBe(healthy);
    expect(await store.beside()).toEqual(['imagedb']);
  });

  test('that does not fit names every operation that does not', async () => {
    const store = await cliStore();
    const input = JSON.stringify({
      schema: 'docker-refstore/patch/v1',
      operations: [
        { op: 'remove', reference: 'gone:1' },
        { op: 'move', reference: 'app:1', from: idA, image: idA },
        { op: 'add', reference: 'fine:1', image: idA },
      ],
    });
    const message = /2 operations do not fit the store: operations\[0\]: .*operations\[1\]: /;
    await expectComplaint(
      [...store.at, 'patch', '--yes', '-'],
      { status: 3, code: 'PATCH_CONFLICT', message },
      { input },
    );
    expect(await store.content()).toBe(healthy);
  });

  test('of 200 MB of nested brackets, in little memory', async () => {
    const { folder, remove } = await compileLibrary();
    try {
      const store = await cliStore();
      const document = join(store.dataRoot, 'p.json');
      const file = await open(document, 'w');
      const brackets = Buffer.alloc(1 << 20, '[');
      for (let written = 0; written < 200; written++) await file.write(brackets);
      await file.close();
      const program = join(folder, 'cli/bin/refstore.js');
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--max-old-space-size=256', program, ...store.at, 'patch', '--yes', document],
        { encoding: 'utf8' },
      );
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringContaining('line 1, column 101: more than 100 brackets are open in the patch'),
      });
      expect(await store.content()).toBe(healthy);
    } finally {
      await remove();
    }
  });

  test('that is not there', async () => {
    const { at } = await cliStore();
    const complaint = { status: 2, code: 'READ_FAILED', message: /there is no file \/nowhere\/p\.json/ };
    await expectComplaint([...at, 'patch', '--yes', '/nowhere/p.json'], complaint);
  });
});

describe('a reference in capitals', () => {
  test.each([
    ['ls', 'Alpine'],
    ['resolve', 'Alpine:3.20'],
    ['tag', '--yes', 'app:1', 'Alpine:3.20'],
  ])('%s %s', async (...argv) => {
    const { at } = await cliStore();
    await expectComplaint([...at, ...argv], { status: 2, code: 'INVALID_REFERENCE', message: /lowercase/ });
  });
});

describe('a place that is not there', () => {
  test.each([
    ['a data root', ['--data-root', '/nowhere', 'ls'], 'STORE_NOT_FOUND', /\/nowhere/],
    ['a file in no folder', ['--file', '/nowhere/x.json', 'ls'], 'STORE_NOT_FOUND', /\/nowhere/],
    [
      'a socket',
      ['--host', 'unix:///nowhere/d.sock', 'ls'],
      'ENGINE_FAILED',
      /unix:\/\/\/nowhere\/d\.sock: there is no socket/,
    ],
    ['a socket, to compare with', ['diff', '-', 'live'], 'ENGINE_FAILED', /there is no socket/],
    [
      'a host that is no address',
      ['--host', 'ssh://host', 'ls'],
      'ENGINE_FAILED',
      /ssh:\/\/ is not supported/,
    ],
  ] as const)('%s', async (_what, argv, code, message) => {
    await expectComplaint(argv, { status: 2, code, message }, { input: healthy });
  });

  test('one of two drivers, when nobody says which', async () => {
    const { at, dataRoot } = await cliStore();
    await mkdir(join(dataRoot, 'image/vfs'));
    await expectComplaint([...at, 'ls'], { status: 2, code: 'STORE_AMBIGUOUS', message: /overlay2.*vfs/ });
  });
});

describe('no permission', () => {
  /** Root may do everything, so the work is done as nobody. */
  async function asNobody(work: () => Promise<void>): Promise<void> {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await work();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  /** Runs the work while the store's folder has this mode. */
  async function withMode(store: CliStore, mode: number, work: () => Promise<void>): Promise<void> {
    const folder = dirname(store.file);
    await chmod(store.dataRoot, 0o755);
    await chmod(folder, mode);
    try {
      await asNobody(work);
    } finally {
      await chmod(folder, 0o755);
    }
  }

  test('to read', async () => {
    const store = await cliStore();
    const complaint = {
      status: 2,
      code: 'READ_FAILED',
      message: /no permission to read .*\n {2}run the command as root/,
    };
    await withMode(store, 0o000, () => expectComplaint([...store.at, 'ls'], complaint));
  });

  test('to look: status says no more than it knows', async () => {
    const store = await cliStore();
    await withMode(store, 0o000, async () => {
      const { stdout } = await cli([...store.at, 'status']);
      expect(stdout).toContain(`${store.file} (cannot be looked at)`);
      expect((await cliJson([...store.at, 'status'])).document).toMatchObject({ store: { exists: null } });
    });
  });

  test('to write', async () => {
    const store = await cliStore();
    await chmod(store.file, 0o444);
    const complaint = {
      status: 5,
      code: 'WRITE_FAILED',
      message: /cannot write .*repositories\.json: .*; the old file stands\n {2}run the command as root/,
    };
    await withMode(store, 0o555, () => expectComplaint([...store.at, 'untag', '--yes', 'app:1'], complaint));
    expect(await store.content()).toBe(healthy);
    expect(await store.beside()).toEqual(['imagedb']);
  });
});

test('a lock that another process holds: status 4, and who it is', async () => {
  const store = await cliStore();
  const lock = `${store.file}.lock`;
  await mkdir(lock);
  const holder = { pid: 1, command: 'refstore repair', host: 'elsewhere', since: '2026-01-02T03:04:05Z' };
  await writeFile(join(lock, `holder-${'0'.repeat(32)}.json`), JSON.stringify(holder));
  await expectComplaint([...store.at, 'untag', '--yes', '--lock-timeout=0', 'app:1'], {
    status: 4,
    code: 'LOCKED',
    message: /is locked by process 1 \(refstore repair\) on elsewhere since/,
  });
  expect(await store.content()).toBe(healthy);
  await rm(lock, { recursive: true });
});

test('who waits for a lock is told for whose, unless --quiet', async () => {
  const store = await cliStore();
  const lock = `${store.file}.lock`;
  await mkdir(lock);
  const holder = { pid: 1, command: 'refstore repair', host: 'elsewhere', since: '2026-01-02T03:04:05Z' };
  await writeFile(join(lock, `holder-${'0'.repeat(32)}.json`), JSON.stringify(holder));
  const untag = [...store.at, 'untag', '--yes', '--lock-timeout=1.4', 'app:1'];
  const waiting = 'waiting for the lock of process 1 (refstore repair) on elsewhere\n';
  expect(await cli(untag)).toMatchObject({ status: 4, stderr: expect.stringContaining(waiting) });
  expect((await cli(['--quiet', ...untag])).stderr).not.toContain('waiting');
});

test('what stands where the lock should be is named, by check too', async () => {
  const store = await cliStore();
  const lock = `${store.file}.lock`;
  await writeFile(lock, '');
  await expectComplaint([...store.at, 'untag', '--yes', 'app:1'], {
    status: 4,
    code: 'LOCKED',
    message: /cannot be locked: \S+\.lock is a file\n.*remove \S+\.lock/,
  });
  const { stdout } = await cli([...store.at, 'check']);
  expect(stdout).toContain('no command can take the lock');
  expect(stdout).not.toContain('takes it over');
});
