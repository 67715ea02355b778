import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { PidfileManager } from '../../../src/engine/managers/pidfile.ts';
import { isAlive, type ProcessIdentity, processImage, processStatus } from '../../../src/system/process.ts';
import { rejection } from '../../support/rejection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Writes who and where it is into `out` of its folder, and lives until it is told to end. */
const daemon = `
  const { writeFileSync } = require('node:fs');
  process.on('SIGTERM', () => process.env.STUBBORN ? console.error('never') : setTimeout(() => process.exit(0), 50));
  console.error('started');
  writeFileSync('out', JSON.stringify([process.pid, process.argv0, process.argv.slice(1), process.cwd(), process.env.MARK]));
  setInterval(() => {}, 1000);
`;

type Started = readonly [pid: number, argv0: string, argv: string[], cwd: string, mark: string | undefined];

async function said(folder: string, than?: Started): Promise<Started> {
  for (;;) {
    const text = await readFile(join(folder, 'out'), 'utf8').catch(() => '');
    if (text !== '') {
      const started = JSON.parse(text) as Started;
      if (started[0] !== than?.[0]) return started;
    }
    await pause(10);
  }
}

async function running(env: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  const child = spawn(process.execPath, ['-e', daemon, '--', "it's", 'a b', ''], {
    argv0: 'dockerd',
    cwd: folder,
    env: { ...env, MARK: 'a=b\nc' },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const started = await said(folder);
  return { folder, child, started, manager: await managerOf(child, join(folder, 'log')) };
}

async function managerOf({ pid = 0 }: ChildProcess, logFile: string): Promise<PidfileManager> {
  const identity = (await processStatus(pid)) as ProcessIdentity;
  return new PidfileManager({ identity, image: await processImage(pid), logFile });
}

test('stopped by SIGTERM, started again as it was', async () => {
  const { folder, child, started, manager } = await running();
  expect(manager.plan('stop')).toEqual([`kill -TERM ${child.pid}`]);
  expect(manager.plan('start').join()).toMatch(
    new RegExp(`^cd ${folder} && dockerd -e .* 'it'\\\\''s' 'a b' ''$`, 's'),
  );
  await manager.stop();
  expect(await processStatus(child.pid as number)).toBeUndefined();
  await manager.start();
  const again = await said(folder, started);
  onTestFinished(() => void process.kill(again[0], 'SIGKILL'));
  expect(again.slice(1)).toEqual(started.slice(1));
  expect(again.slice(1)).toEqual(['dockerd', ["it's", 'a b', ''], folder, 'a=b\nc']);
  expect(await manager.log()).toEqual(['started']);
  expect(manager.hasEnded()).toBe(false);
});

test('what it started it can stop', async () => {
  const { folder, started, manager } = await running();
  await manager.restart();
  const [pid] = await said(folder, started);
  await manager.stop();
  expect(await processStatus(pid)).toBeUndefined();
});

test('a daemon that does not end is not killed', async () => {
  const { child, manager } = await running({ STUBBORN: '1' });
  const error = await rejection(manager.stop({ timeoutMs: 200 }));
  expect(error.code).toBe('RESTART_FAILED');
  expect(error.message).toBe(`process ${child.pid} did not end within 0.2 s after SIGTERM`);
  expect(error.hint).toContain('it was not killed');
  expect(await processStatus(child.pid as number)).toBeDefined();
});

test('another process that has got the same ID is left alone', async () => {
  const { child } = await running();
  const pid = child.pid as number;
  const image = await processImage(pid);
  const manager = new PidfileManager({ identity: { pid, startTime: '1' }, image, logFile: undefined });
  await manager.stop();
  expect(await processStatus(pid)).toBeDefined();
});

test('a zombie is gone', async () => {
  // The shell ends its child and never asks how it ended.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  const identity = (await processStatus(pid)) as ProcessIdentity;
  process.kill(pid, 'SIGKILL');
  while (await isAlive(identity)) await pause(5);
  expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
});

test('a program that is not there', async () => {
  const { child } = await running();
  const pid = child.pid as number;
  const image = { ...(await processImage(pid)), executable: '/nowhere/dockerd' };
  const identity = (await processStatus(pid)) as ProcessIdentity;
  const manager = new PidfileManager({ identity, image, logFile: undefined });
  const error = await rejection(manager.restart());
  expect(error).toMatchObject({ code: 'RESTART_FAILED', daemon: 'down' });
  expect(error.message).toContain('cannot start /nowhere/dockerd');
});

test('a daemon that ends again', async () => {
  const { manager, child, folder } = await running();
  const image = { ...(await processImage(child.pid as number)), argv: ['node', '-e', 'process.exit(1)'] };
  const identity = (await processStatus(child.pid as number)) as ProcessIdentity;
  const failing = new PidfileManager({ identity, image, logFile: join(folder, 'log') });
  await failing.start();
  while (!failing.hasEnded()) await pause(5);
  expect(manager.hasEnded()).toBe(false);
});

test('a program that was removed from disk is found while the daemon still runs', async () => {
  const folder = await temporaryFolder();
  const program = join(folder, 'dockerd');
  await copyFile('/bin/sleep', program);
  const child = spawn(program, ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  await rm(program);
  const manager = await managerOf(child, join(folder, 'log'));
  await expect(manager.refresh()).rejects.toThrow(/could not be started again: ENOENT/);
  expect(await processStatus(child.pid as number)).toBeDefined();
});
