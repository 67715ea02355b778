import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cli } from '../../support/cli.ts';

const dataRoot = join(fileURLToPath(new URL('../../../fixtures/sample', import.meta.url)), 'docker');
const refstore = (...words: string[]) => cli([...words, '--data-root', dataRoot]);

test('ls gives a line of a template for each row that fits', async () => {
  const { stdout, status } = await refstore(
    'ls',
    '--filter',
    'reference=registry.example.com/**',
    '--format',
    '{{.Reference}}',
  );
  expect(status).toBe(0);
  expect(stdout).toBe('registry.example.com/shop/web:2.4.1\nregistry.example.com/shop/worker:2.4.1\n');
});

test('ls shortens image IDs on a terminal, unless --no-trunc', async () => {
  const short = await cli(['ls', '--data-root', dataRoot], { columns: 200 });
  expect(short.stdout).toMatch(/ [0-9a-f]{12}\n/);
  expect(short.stdout).not.toMatch(/ sha256:/);
  const whole = await cli(['ls', '--no-trunc', '--data-root', dataRoot], { columns: 200 });
  expect(whole.stdout).toMatch(/ sha256:[0-9a-f]{64}\n/);
});

test('check counts only findings that fit, for the exit status too', async () => {
  const all = await refstore('check');
  expect(all.status).toBe(1);
  const one = await refstore('check', '--filter', 'rule=file-mode', '--format', '{{.Rule}} {{.Severity}}');
  expect(one).toMatchObject({ status: 0, stdout: 'file-mode info\n' });
});

test('check --format prom gives metrics: each severity, and each rule that found something', async () => {
  const { stdout, status } = await refstore('check', '--format', 'prom');
  expect(status).toBe(1);
  expect(stdout).toContain('refstore_findings{severity="fatal"} 0\n');
  expect(stdout).toContain('refstore_rule_findings{rule="key-not-familiar",severity="error"} 1\n');
  for (const line of stdout.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.]+)$/);
  }
});

test.each(['ls', 'check'])('%s takes either --format or --json', async (command) => {
  expect((await refstore(command, '--json', '--format', 'json')).status).toBe(2);
});
