import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { idA, repositories } from '../../support/cli-store.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';

const oneTag = repositories({ alpine: { 'alpine:3.20': idA } });

async function down(content: string) {
  const daemon = await FakeDaemon.create(content, [idA]);
  await writeFile(daemon.logFile, '');
  const repair = [
    ...['--data-root', daemon.dataRoot, 'repair', '--yes', '--restart'],
    ...[`--stop-command=${daemon.stopCommand}`, `--start-command=${daemon.startCommand}`],
  ];
  return { daemon, repair, env: { DOCKER_HOST: daemon.host } };
}

test('repair --restart of a valid file starts a daemon that is down, and writes nothing', async () => {
  const { daemon, repair, env } = await down(oneTag);
  const { status, stdout, stderr } = await cli(repair, { env });
  expect({ status, stdout, stderr }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^nothing to repair in .*\nthe daemon was started, and has it/),
  });
  expect(await daemon.isUp()).toBe(true);
  expect(await daemon.content()).toBe(oneTag);
});

test('repair --restart of a valid file does not restart a daemon that runs', async () => {
  const { daemon, repair, env } = await down(oneTag);
  await daemon.start();
  const pid = await daemon.pid();
  const { status, document } = await cliJson(repair, { env });
  expect({ status, document }).toMatchObject({ status: 0, document: { changed: false } });
  expect(await daemon.pid()).toBe(pid);
});
