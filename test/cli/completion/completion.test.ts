import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { completionScript, shells } from '../../../src/cli/completion/scripts.ts';
import { cli } from '../../support/cli.ts';

const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url));
const dataRoot = join(sample, 'docker');

async function complete(...words: string[]) {
  const { stdout, stderr, status } = await cli(['__complete', ...words]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const lines = stdout.trimEnd().split('\n');
  return { directive: lines.pop(), values: lines.map((line) => line.split('\t')[0]) };
}

describe('what is completed', () => {
  test('the first word is a command, or a group of commands', async () => {
    const { values, directive } = await complete('re');
    expect(values).toEqual(['resolve', 'repair', 'restart']);
    expect(directive).toBe(':4');
    expect((await complete('dig')).values).toEqual(['digests']);
    expect((await complete('digests', '')).values).toEqual(['export', 'restore']);
  });

  test('options are those of the command and the global ones', async () => {
    expect((await complete('digests', 'restore', '--untag')).values).toEqual(['--untagged']);
    expect((await complete('ls', '--data-r')).values).toEqual(['--data-root']);
    expect((await complete('ls', '--untag')).values).toEqual([]);
  });

  test('an option with choices offers them, behind a space or an equals sign', async () => {
    expect((await complete('ls', '--color', 'a')).values).toEqual(['auto', 'always']);
    expect((await complete('ls', '--color=n')).values).toEqual(['--color=never']);
  });

  test('a reference is one of the store that the line names', async () => {
    const { values } = await complete('--data-root', dataRoot, 'untag', 'registry.example.com/shop/we');
    expect(values).toEqual(['registry.example.com/shop/web:2.4.1']);
  });

  test('a rule is one of all rules, and goes on behind its equals sign', async () => {
    expect((await complete('explain', 'ghost-')).values).toEqual(['ghost-tag', 'ghost-digest']);
    const { values, directive } = await complete('check', '--severity', 'ghost-t');
    expect(values).toEqual(['ghost-tag=']);
    expect(directive).toBe(':6');
  });

  test('a source is a transport, then a path', async () => {
    expect((await complete('verify', '--against', 'oci-')).values).toEqual(['oci-archive:']);
    const { values } = await complete('verify', '--against', `lock:${sample}/conn`);
    expect(values).toEqual([`lock:${sample}/connected-host.json`]);
  });

  test('a file is left to the shell, a folder too', async () => {
    expect((await complete('merge', '')).directive).toBe(':0');
    expect((await complete('--data-root', '')).directive).toBe(':16');
  });

  test('where there is no store nothing is proposed, and nothing is said', async () => {
    expect(await complete('--data-root', '/nowhere', 'untag', '')).toEqual({ values: [], directive: ':0' });
  });

  test('behind an unknown command nothing is proposed', async () => {
    expect((await complete('nonsense', 'c')).values).toEqual([]);
  });
});

test.each(shells)('the %s script names the program that it completes', async (shell) => {
  const { stdout, status } = await cli(['completion', shell]);
  expect(status).toBe(0);
  expect(stdout).toBe(completionScript(shell, 'refstore'));
  expect(stdout).toContain('refstore __complete');
});

test('a shell that there is no script for is named, with those there are', async () => {
  const { stderr, status } = await cli(['completion', 'tcsh']);
  expect(status).toBe(2);
  expect(stderr).toContain('the shells are bash, zsh, fish');
});
