import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandTable } from '../../../src/cli/command-table.ts';
import { commands, findCommand } from '../../../src/cli/commands.ts';
import { optionLabel } from '../../../src/cli/framework/help.ts';
import { parseCommand, splitCommand } from '../../../src/cli/framework/parse.ts';
import { cli } from '../../support/cli.ts';

const names = commands.map(({ name }) => name);

describe.each(names)('%s --help', (name) => {
  test.each([40, 60, 80, 100, 200])('fits %d columns', async (columns) => {
    const { stdout } = await cli([name, '--help'], { columns });
    const [description = '', examples = ''] = stdout.split('\nExamples:');
    // A word is never cut, nor an example: it is to be copied.
    const long = description.split('\n').filter((line) => line.length > columns && / \S+ /.test(line.trim()));
    expect(long.filter((line) => !/^(?:Usage: | {2}-)/.test(line))).toEqual([]);
    expect(examples.split('\n').filter((line) => line.startsWith('  #') && line.length > columns)).toEqual(
      [],
    );
  });

  test('names every argument and option', async () => {
    const command = await commands.find((entry) => entry.name === name)?.load();
    const { stdout } = await cli([name, '--help']);
    expect(command?.name).toBe(name);
    for (const { placeholder } of Object.values(command?.positionals ?? {})) {
      expect(stdout).toContain(`\n  ${placeholder} `);
    }
    for (const [option, spec] of Object.entries(command?.options ?? {})) {
      expect(stdout).toContain(`\n  ${optionLabel(option, spec)}`);
    }
  });

  test('its examples are what a shell takes', async () => {
    const { stdout } = await cli([name, '--help']);
    const examples = stdout.split('\nExamples:\n')[1]?.split('\n\n')[0] ?? '';
    expect(examples).toContain(`refstore ${name}`);
    const { status, stderr } = spawnSync('sh', ['-n'], { input: examples, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('its examples are command lines that it takes', async () => {
    const command = await commands.find((entry) => entry.name === name)?.load();
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const { line } of command?.examples ?? []) {
      const argv = words(line);
      const { name: called = '', after } = await splitCommand(argv);
      await parseCommand(await (await findCommand(called)).load(), after, 'refstore');
    }
  });
});

/** The words of an example, up to a pipe or a redirection; enough of a shell for what stands there. */
function words(line: string): string[] {
  const found = line.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  const end = found.findIndex((word) => /^[|<>]/.test(word));
  return (end === -1 ? found : found.slice(0, end)).map((word) => word.replace(/^["']|["']$/g, ''));
}

test('the overview fits 60 columns', async () => {
  const { stdout } = await cli(['--help'], { columns: 60 });
  expect(stdout.split('\n').filter((line) => line.length > 60)).toEqual([]);
});

test('no option of a command hides a global one', async () => {
  const { globalOptions } = await import('../../../src/cli/framework/globals.ts');
  for (const { load } of commands) {
    const { options } = await load();
    expect(Object.keys(options).filter((name) => Object.hasOwn(globalOptions, name))).toEqual([]);
  }
});

test("the README's table is what there is", async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  expect(readme).toContain(await commandTable());
});
