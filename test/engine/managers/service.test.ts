import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { ServiceManager } from '../../../src/engine/managers/service.ts';
import { commandsOnPath } from '../../support/commands.ts';
import { rejection } from '../../support/rejection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each(['service', 'rc-service'] as const)('%s docker stop, start, restart', async (command) => {
  const calls = await commandsOnPath({ [command]: '' });
  const manager = new ServiceManager(command);
  await manager.stop();
  await manager.start();
  await manager.restart();
  const commands = (['stop', 'start', 'restart'] as const).flatMap((action) => manager.plan(action));
  expect(commands).toEqual([
    `${command} docker stop`,
    `${command} docker start`,
    `${command} docker restart`,
  ]);
  expect(await calls()).toEqual(commands);
});

test('a daemon that keeps the script’s output open is not waited for', async () => {
  const pidFile = join(await temporaryFolder(), 'pid');
  await commandsOnPath({ service: `echo starting; sleep 600 & echo $! >${pidFile}` });
  await new ServiceManager('service').start({ timeoutMs: 30_000 });
  process.kill(Number(await readFile(pidFile, 'utf8')));
});

test('a script that fails, in its own words', async () => {
  await commandsOnPath({ service: 'echo "docker: unrecognized service" >&2; exit 1' });
  const error = await rejection(new ServiceManager('service').start());
  expect(error.code).toBe('RESTART_FAILED');
  expect(error.message).toContain('it exited with status 1: docker: unrecognized service');
});
