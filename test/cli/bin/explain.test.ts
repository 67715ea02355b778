import { expect, test } from 'vitest';
import { ruleNames } from '../../../src/check/rules/index.ts';
import { built, runNode } from '../../support/built.ts';

const refstore = () => built('bin/refstore.js');

test('explain - reads a log from standard input', () => {
  const input = `Started.\nfailed to start daemon: Couldn't create reference store repository: unexpected EOF\n`;
  const { status, stdout } = runNode([refstore(), 'explain', '-'], { input });
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('file-cut') });
});

test('explain - knows nothing of a log that does not name the store', () => {
  const input = 'tls: failed to verify certificate: x509: certificate signed by unknown authority\n';
  expect(runNode([refstore(), 'explain', '-'], { input })).toMatchObject({ status: 2, stdout: '' });
});

test('explain --list names every rule', () => {
  const { status, stdout } = runNode([refstore(), 'explain', '--list', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).rules.map(({ rule }: { rule: string }) => rule)).toEqual([...ruleNames]);
});
