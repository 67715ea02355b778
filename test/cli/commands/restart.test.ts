import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { healthy, idA, idB } from '../../support/cli-store.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';

async function running() {
  const daemon = await FakeDaemon.start(healthy, [idA, idB]);
  const args = [
    '--data-root',
    daemon.dataRoot,
    '--host',
    daemon.host,
    'restart',
    `--stop-command=${daemon.stopCommand}`,
    `--start-command=${daemon.startCommand}`,
    '--timeout=20',
  ];
  return { daemon, args, pid: await daemon.pid() };
}

test('restarts, waits, compares', async () => {
  const { daemon, args, pid } = await running();
  const { status, stdout, stderr } = await cli([...args, '--yes']);
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(daemon.stopCommand),
  });
  expect(stdout).toMatch(/^the daemon is up, and has what the file says; it was down for \d+\.\d\d s\n$/);
  expect(await daemon.pid()).not.toBe(pid);
});

test('asks first, and a dry run shows the commands only', async () => {
  const { daemon, args, pid } = await running();
  expect(await cli(args)).toMatchObject({ status: 2, stderr: expect.stringContaining('add --yes') });
  expect(await cliJson([...args, '--dry-run'])).toMatchObject({ status: 0, document: { dryRun: true } });
  expect(await daemon.pid()).toBe(pid);
});

test('a file on which the daemon would not start is a refusal', async () => {
  const { daemon, args, pid } = await running();
  await writeFile(daemon.file, '');
  expect(await cliJson([...args, '--yes'])).toMatchObject({
    status: 2,
    document: { error: { code: 'INVALID_REPOSITORIES_FILE' } },
  });
  expect(await daemon.pid()).toBe(pid);
});

test('a daemon that has something else afterwards: status 6', async () => {
  const { daemon, args } = await running();
  await daemon.behave({ forget: 'app:1' });
  expect(await cliJson([...args, '--yes'])).toMatchObject({
    status: 6,
    document: {
      error: { code: 'NOT_VERIFIED', details: { changes: [{ op: 'remove', reference: 'app:1' }] } },
    },
  });
});
