import { describe, expect, test } from 'vitest';
import { choice, flag, list, optionalChoice, seconds, text } from '../../../src/cli/framework/options.ts';
import { parseCommand, splitCommand } from '../../../src/cli/framework/parse.ts';
import { many, one, optional } from '../../../src/cli/framework/positionals.ts';
import { UsageError } from '../../../src/cli/framework/usage-error.ts';

const grammar = {
  name: 'demo',
  options: {
    force: flag('', { short: 'f' }),
    from: list('SOURCE', ''),
    base: text('FILE', ''),
    mode: choice(['fast', 'slow', 'never'], ''),
    restart: optionalChoice(['stop-start', 'restart', 'none'], 'stop-start', ''),
    timeout: seconds(''),
  },
  positionals: { first: one('REF', ''), rest: optional('MORE', '') },
};

async function parse(...argv: string[]) {
  const parsed = await parseCommand(grammar, argv, 'refstore');
  if (parsed.help) throw new Error('help was asked for');
  return { ...parsed.args, globals: parsed.globals };
}

describe('options', () => {
  test('that are not given have their defaults', async () => {
    const { options, positionals, globals } = await parse('ref');
    expect(options).toEqual({
      force: false,
      from: [],
      base: undefined,
      mode: undefined,
      restart: undefined,
      timeout: undefined,
    });
    expect(positionals).toEqual({ first: 'ref', rest: undefined });
    expect(globals).toMatchObject({ json: false, quiet: false, verbose: false, file: undefined });
  });

  test('stand anywhere, with their value in the same word or in the next', async () => {
    const { options, positionals } = await parse(
      '--from=a',
      'ref',
      '--base',
      'b.json',
      '-f',
      'more',
      '--from',
      'c',
    );
    expect(options).toMatchObject({ from: ['a', 'c'], base: 'b.json', force: true });
    expect(positionals).toEqual({ first: 'ref', rest: 'more' });
  });

  test.each([
    [['--restart'], 'stop-start'],
    [['--restart=restart'], 'restart'],
    [['--restart=none'], 'none'],
    [['--restart', '--restart=none'], 'none'],
  ])('%j has the value %s', async (argv, expected) => {
    expect((await parse('ref', ...argv)).options['restart']).toBe(expected);
  });

  test('--restart takes no value from the next word', async () => {
    const { options, positionals } = await parse('--restart', 'ref');
    expect(options['restart']).toBe('stop-start');
    expect(positionals['first']).toBe('ref');
  });

  test.each([
    ['5', 5000],
    ['0', 0],
    ['0.25', 250],
  ])('--timeout %s is %d ms', async (value, expected) => {
    expect((await parse('ref', '--timeout', value)).options['timeout']).toBe(expected);
  });

  test('of every command are read too, and the last one counts', async () => {
    const { globals } = await parse('--json', 'ref', '--file=a', '--file=b', '--lock-timeout', '1');
    expect(globals).toMatchObject({ json: true, file: 'b', 'lock-timeout': 1000 });
  });

  test('behind -- are arguments', async () => {
    expect((await parse('--', '--force', '-')).positionals).toEqual({ first: '--force', rest: '-' });
  });
});

describe('mistakes', () => {
  test.each([
    [['ref', '--forse'], 'demo has no option "--forse"', 'did you mean --force?'],
    [['ref', '--xyzzy'], 'demo has no option "--xyzzy"', 'its options: refstore demo --help'],
    [['ref', '-x'], 'demo has no option "-x"', 'its options: refstore demo --help'],
    [['ref', '--__proto__=1'], 'demo has no option "--__proto__"', 'its options: refstore demo --help'],
    [['ref', '--base'], '--base needs a value: --base FILE', undefined],
    [['ref', '--base='], 'the value of --base is empty', undefined],
    [
      ['ref', '--base', '--force'],
      '--base needs a value: --base FILE',
      'if "--force" is the value, write --base=--force',
    ],
    [['ref', '--force=yes'], '--force takes no value', undefined],
    [['ref', '--mode', 'quick'], '--mode must be fast, slow or never, not "quick"', undefined],
    [['ref', '--restart=no'], '--restart must be stop-start, restart or none, not "no"', undefined],
    [
      ['ref', '--timeout', '1e9'],
      '--timeout needs a number of seconds from 0 to 86400, not "1e9"',
      undefined,
    ],
    [['ref', '--timeout=-1'], '--timeout needs a number of seconds from 0 to 86400, not "-1"', undefined],
    [[], 'demo needs REF', 'usage: refstore demo REF [MORE]'],
    [[''], 'REF is empty', 'usage: refstore demo REF [MORE]'],
    [['a', 'b', 'c'], 'one argument too many: "c"', 'usage: refstore demo REF [MORE]'],
  ])('%j', async (argv, message, hint) => {
    const error = await parse(...argv).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: 'USAGE', message, hint });
  });
});

test('many positionals take all that is left, and need one', async () => {
  const several = { ...grammar, positionals: { all: many('REF', '') } };
  const parsed = await parseCommand(several, ['a', 'b', 'c'], 'refstore');
  expect(parsed).toMatchObject({ args: { positionals: { all: ['a', 'b', 'c'] } } });
  await expect(parseCommand(several, [], 'refstore')).rejects.toThrow('demo needs REF');
});

describe('the name of the command', () => {
  test.each([
    [['ls'], { before: [], name: 'ls', after: [] }],
    [['--json', 'ls', 'alpine'], { before: ['--json'], name: 'ls', after: ['alpine'] }],
    [
      ['--file', 'f.json', 'ls', '--', '-x'],
      { before: ['--file', 'f.json'], name: 'ls', after: ['--', '-x'] },
    ],
    [['--json'], { before: ['--json'], name: undefined, after: [] }],
    [['--', 'ls'], { before: [], name: 'ls', after: [] }],
  ])('%j', async (argv, expected) => {
    expect(await splitCommand(argv)).toEqual(expected);
  });

  test('an option of a command does not stand before its name', async () => {
    await expect(splitCommand(['--force', 'tag'])).rejects.toThrow('unknown option "--force"');
  });
});
