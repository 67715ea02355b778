import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { statusOfError } from '../../src/cli/framework/exit-status.ts';
import { commands as publicCommands } from '../../src/cli/library.ts';
import { runCommand, runRefstore } from '../../src/cli/run.ts';
import { errorCodes, RefstoreError } from '../../src/errors.ts';
import { version } from '../../src/version.ts';
import { cli, cliJson, MemoryStreams, noDaemon } from '../support/cli.ts';
import { cliStore, idA } from '../support/cli-store.ts';

const project = join(import.meta.dirname, '../..');

describe('without a command', () => {
  test('--version is that of the package', async () => {
    const { version: packaged } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    expect(version).toBe(packaged);
    expect(await cli(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([[['--help']], [['-h']], [['help']], [['--json', '--help']]])(
    '%j is the overview',
    async (argv) => {
      const { status, stdout, stderr } = await cli(argv);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const { name, summary } of commands) {
        expect(stdout).toContain(`\n  ${name} `);
        expect(stdout.replaceAll(/\s+/g, ' ')).toContain(summary);
      }
    },
  );

  test.each([[[]], [['--json']], [['--file', 'x']]])('%j is a mistake', async (argv) => {
    const { status, stderr } = await cli(argv);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'refstore: which command?\n  refstore --help lists them\n',
    });
  });
});

describe('a command', () => {
  test('that there is not, with the one that may be meant', async () => {
    expect(await cli(['statsu'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'refstore: there is no command "statsu"\n  did you mean status?\n',
    });
    expect(await cliJson(['xyzzy'])).toMatchObject({
      status: 2,
      document: {
        error: { code: 'USAGE', message: 'there is no command "xyzzy"', hint: '--help lists the commands' },
      },
    });
    expect((await cli(['constructor'])).status).toBe(2);
  });

  test.each([[['help', 'ls']], [['ls', '--help']], [['ls', '-h', 'too', 'many']], [['--help', 'ls']]])(
    '%j is its help',
    async (argv) => {
      const { status, stdout } = await cli(argv);
      expect({ status, stdout }).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^Usage: refstore ls \[OPTIONS\] \[NAME\]/),
      });
    },
  );

  test('takes global options before and after its name', async () => {
    const { file } = await cliStore();
    const before = await cli(['--json', '--file', file, 'ls']);
    expect(before.status).toBe(0);
    expect(await cli(['ls', `--file=${file}`, '--json'])).toEqual(before);
    expect(await cli(['--json', 'ls', '--file', file])).toEqual(before);
  });

  test('says in its messages how it is called', async () => {
    const streams = new MemoryStreams();
    await runRefstore(['resolve'], streams, noDaemon, { program: 'docker refstore' });
    expect(streams.stderr.text).toBe(
      'docker refstore: resolve needs REF\n  usage: docker refstore resolve REF\n',
    );
  });

  test('is a function for other programs, too', async () => {
    const { at } = await cliStore();
    const streams = new MemoryStreams();
    const ls = publicCommands.find(({ name }) => name === 'ls');
    expect(await ls?.run([...at, 'app'], streams, noDaemon)).toBe(0);
    expect(streams.stdout.text).toContain('app:1');
    expect(publicCommands.map(({ name, summary }) => [name, summary])).toEqual(
      commands.map(({ name, summary }) => [name, summary]),
    );
  });
});

describe('--verbose', () => {
  test('tells where the store is and why', async () => {
    const { at, file } = await cliStore();
    expect((await cli([...at, '--verbose', 'ls'])).stderr).toBe(`${file}: the data root was named\n`);
  });

  test('shows where an error comes from, and nothing else does', async () => {
    const { at } = await cliStore('');
    expect((await cli([...at, 'ls', '--verbose'])).stderr).toMatch(/\n {2}at /);
    expect((await cli([...at, 'ls'])).stderr).not.toMatch(/\n {2}at /);
  });
});

describe('colours', () => {
  const run = async (
    columns: number | undefined,
    env: Readonly<Record<string, string>>,
    ...more: string[]
  ) => {
    const { at } = await cliStore();
    const streams = new MemoryStreams(columns === undefined ? {} : { columns });
    await runRefstore([...at, 'ls', ...more], streams, { DOCKER_HOST: noDaemon.DOCKER_HOST, ...env });
    return streams.stdout.text.includes('\u001b[');
  };
  test.each([
    ['on a terminal', 200, {}, [], true],
    ['not in a file', undefined, {}, [], false],
    ['not with NO_COLOR', 200, { NO_COLOR: '1' }, [], false],
    ['with an empty NO_COLOR', 200, { NO_COLOR: '' }, [], true],
    ['not on a dumb terminal', 200, { TERM: 'dumb' }, [], false],
    ['in a file with --color always', undefined, { NO_COLOR: '1' }, ['--color', 'always'], true],
    ['not with --color never', 200, {}, ['--color=never'], false],
  ] as const)('%s', async (_what, columns, env, more, expected) => {
    expect(await run(columns, env, ...more)).toBe(expected);
  });
});

describe('errors', () => {
  const failing = (error: unknown, writes: boolean) => {
    const command = {
      name: 'demo',
      description: '',
      options: {},
      positionals: {},
      examples: [],
      writes,
      run: () => Promise.reject(error),
    };
    const streams = new MemoryStreams();
    const entry = { name: 'demo', summary: '', group: 'look', load: async () => command } as const;
    return { streams, status: runCommand(entry, ['--json'], streams, noDaemon) };
  };

  test.each(errorCodes)('%s has the status of the table', async (code) => {
    const { streams, status } = failing(new RefstoreError(code, 'm', { hint: 'h', details: { a: 1 } }), true);
    expect(await status).toBe(statusOfError[code]);
    expect(streams.stderr.text).toBe('refstore: m\n  h\n');
    expect(JSON.parse(streams.stdout.text)).toEqual({
      schema: 'docker-refstore/error/v1',
      error: { code, message: 'm', hint: 'h', details: { a: 1 } },
    });
  });

  test.each([
    [false, 2],
    [true, 5],
  ])('one that nobody foresaw (in a command that writes: %s)', async (writes, expected) => {
    const { streams, status } = failing(new TypeError('boom\u001b[2J'), writes);
    expect(await status).toBe(expected);
    expect(streams.stderr.text).toBe(
      'refstore: this is a bug: boom\\u001b[2J\n  please report it, with the output of --verbose\n',
    );
    expect(JSON.parse(streams.stdout.text)).toMatchObject({ error: { code: 'INTERNAL' } });
  });
});

describe('an output that cannot be written', () => {
  const broken = (code: string) =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })),
    });

  test.each([
    ['whose reader went away is nobody’s loss', 'EPIPE', ['ls'], 0, /^$/],
    [
      'is told, and the status says so',
      'ENOSPC',
      ['ls'],
      5,
      /^refstore: the result could not be printed: ENOSPC: no\n$/,
    ],
    [
      'is told, and what was written stands',
      'ENOSPC',
      ['untag', '--quiet', '--yes', 'app:1'],
      0,
      /could not be printed/,
    ],
  ])('%s', async (_what, code, argv, expected, message) => {
    const store = await cliStore();
    const streams = new MemoryStreams();
    const status = await runRefstore(
      [...store.at, ...argv],
      { stdin: streams.stdin, stdout: broken(code), stderr: streams.stderr },
      noDaemon,
    );
    expect(status).toBe(expected);
    expect(streams.stderr.text).toMatch(message);
    if (argv[0] === 'untag') expect(await store.content()).not.toContain('app:1');
  });
});

test('an abort before the write: status 3, and the file is untouched', async () => {
  const store = await cliStore();
  const before = await store.content();
  const { status, document } = await cliJson([...store.at, 'tag', '--yes', idA, 'new:1'], {
    signal: AbortSignal.abort(),
  });
  expect({ status, document }).toMatchObject({ status: 3, document: { error: { code: 'ABORTED' } } });
  expect(await store.content()).toBe(before);
});
