import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, idA, repositories } from '../../support/cli-store.ts';
import { sha256 } from '../../support/data-root.ts';
import { lay } from '../../support/temporary-folder.ts';

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

test('what is only worth knowing does not bury the errors: 20 of a rule, then their number', async () => {
  const { at, dataRoot } = await cliStore(zombie);
  const configs = 'image/overlay2/imagedb/content/sha256';
  const unused = Array.from({ length: 30 }, (_, n) => JSON.stringify({ n, rootfs: {} }));
  await lay(dataRoot, Object.fromEntries(unused.map((text) => [`${configs}/${sha256(text)}`, text])));
  const { stdout } = await cli([...at, 'check']);
  const lines = stdout.trimEnd().split('\n');
  const unnamed = lines.filter((line) => line.startsWith('warning image-unnamed'));
  const { document } = await cliJson([...at, 'check']);
  const all = (document as { findings: { rule: string }[] }).findings.filter(
    ({ rule }) => rule === 'image-unnamed',
  );
  expect(all.length).toBeGreaterThanOrEqual(30);
  expect(unnamed).toHaveLength(21);
  expect(unnamed.at(-1)).toBe(
    `warning image-unnamed: … and ${all.length - 20} more of these (--json lists all)`,
  );
});
