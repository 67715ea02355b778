import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { type MountOptions, mountCommands } from '../../src/cli/mount.ts';
import { MemoryStreams, noDaemon } from '../support/cli.ts';
import { cliStore, idB } from '../support/cli-store.ts';

function tool(options: MountOptions = {}) {
  const streams = new MemoryStreams();
  const statuses: [number, string][] = [];
  const program = new Command('tool').exitOverride().option('--json', 'an option of the tool itself');
  program.configureOutput({ writeOut: (text) => streams.stdout.write(text), writeErr: () => {} });
  const images = program.command('images');
  mountCommands(images, {
    streams,
    env: noDaemon,
    onStatus: (status, name) => statuses.push([status, name]),
    ...options,
  });
  const run = (...argv: string[]) => program.parseAsync(argv, { from: 'user' });
  return { program, images, streams, statuses, run };
}

describe('commander', () => {
  test('has all of our commands, with their summaries; a group is a command with commands', () => {
    const { images } = tool();
    const all = images.commands.flatMap((command) =>
      command.commands.length === 0
        ? [[command.name(), command.description()]]
        : command.commands.map((inner) => [`${command.name()} ${inner.name()}`, inner.description()]),
    );
    expect(all).toEqual(commands.map(({ name, summary }) => [name, summary]));
  });

  test('runs a command of a group', async () => {
    const { at } = await cliStore();
    const { run, streams, statuses } = tool();
    await run('images', 'digests', 'restore', ...at, '--help');
    expect(streams.stdout.text).toMatch(/^Usage: tool images digests restore \[OPTIONS\]\n/);
    await run('images', 'digests', 'export', ...at, 'nothing', '--json');
    expect(JSON.parse(streams.stdout.text.split('\n').at(-2) ?? '')).toMatchObject({
      error: { code: 'REFERENCE_NOT_FOUND' },
    });
    expect(statuses).toEqual([
      [0, 'digests restore'],
      [3, 'digests export'],
    ]);
  });

  test('hands what follows the name to us, options that it has itself too', async () => {
    const { at } = await cliStore();
    const { run, streams, statuses, program } = tool();
    await run('images', 'ls', ...at, '--json', 'app');
    expect(JSON.parse(streams.stdout.text)).toMatchObject({ references: [{ reference: 'app:1' }] });
    expect(statuses).toEqual([[0, 'ls']]);
    expect(program.opts()).toEqual({});
  });

  test("commander's own help says where ours is", async () => {
    const { run, streams } = tool();
    await expect(run('images', 'help', 'check')).rejects.toMatchObject({ code: 'commander.help' });
    expect(streams.stdout.text).toMatch(/^tool images check: .+\n\nIts options: tool images check --help\n$/);
    await expect(run('images', 'digests', 'help', 'export')).rejects.toMatchObject({
      code: 'commander.help',
    });
    expect(streams.stdout.text).toMatch(/\nIts options: tool images digests export --help\n$/);
  });

  test('--help is ours, in the name of the tool', async () => {
    const { run, streams } = tool();
    await run('images', 'resolve', '--help');
    expect(streams.stdout.text).toMatch(/^Usage: tool images resolve REF\n/);
  });

  test('gets the status of a failure, and no exception', async () => {
    const { run, streams, statuses } = tool();
    await run('images', 'resolve');
    expect(statuses).toEqual([[2, 'resolve']]);
    expect(streams.stderr.text).toBe('tool images: resolve needs REF\n  usage: tool images resolve REF\n');
  });

  test('hands words behind -- on as they are', async () => {
    const { at } = await cliStore();
    const { run, streams } = tool();
    await run('images', 'ls', ...at, '--', '--json');
    expect(streams.stderr.text).toContain('"--json" is not a valid reference');
  });

  test('leaves out what the tool does not want, and names the rest in its own help', () => {
    const { images } = tool({ filter: ({ name }) => name === 'ls' });
    expect(images.commands.map((command) => command.name())).toEqual(['ls']);
    expect(images.helpInformation()).toContain('list the references');
  });

  test('mounts at the top as well', async () => {
    const { at } = await cliStore();
    const streams = new MemoryStreams();
    const program = new Command('tool');
    mountCommands(program, { streams, env: noDaemon, onStatus: () => {} });
    await program.parseAsync(['resolve', '-q', ...at, 'app:1'], { from: 'user' });
    expect(streams.stdout.text).toBe(`${idB}\n`);
  });
});
