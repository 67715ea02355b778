import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, idA, repositories } from '../../support/cli-store.ts';

const zombie = repositories({ 'docker.io/library/alpine': { 'docker.io/library/alpine:1': idA } });

test('findings, each with its rule and its place: status 1', async () => {
  const { at, file } = await cliStore(zombie);
  const { status, stdout, stderr } = await cli([...at, 'check', '--level', 'file']);
  expect(status).toBe(1);
  expect(stdout).toContain(`error key-not-familiar at ${file}:1:46: "docker.io/library/alpine:1"`);
  expect(stderr).toMatch(/^\d+ error/);
  const { document } = await cliJson([...at, 'check', '--level', 'file']);
  expect(document).toMatchObject({
    schema: 'docker-refstore/check/v1',
    file,
    findings: expect.arrayContaining([
      expect.objectContaining({
        rule: 'key-not-familiar',
        severity: 'error',
        reference: 'docker.io/library/alpine:1',
        at: { offset: 45, line: 1, column: 46 },
        message: expect.stringContaining('docker.io/library/alpine:1'),
      }),
    ]),
  });
});

test('a file as the daemon writes it: status 0', async () => {
  const { at } = await cliStore();
  const { status, stdout } = await cli([...at, 'check', '--level', 'file']);
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing found') });
});

test.each([
  ['empty', '', 'file-empty'],
  ['cut', '{"Repositories":{"alp', 'file-cut'],
  ['null', 'null', 'file-null'],
])('a file that stops the daemon (%s) is a finding, no error', async (_what, content, rule) => {
  const { at } = await cliStore(content);
  const { status, document } = await cliJson([...at, 'check']);
  expect({ status, document }).toMatchObject({
    status: 1,
    document: { findings: expect.arrayContaining([expect.objectContaining({ rule, severity: 'fatal' })]) },
  });
});
