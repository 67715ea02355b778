import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { built } from '../../support/built.ts';
import { cli, cliJson, noDaemon } from '../../support/cli.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { appName, archiveOf, imageX, layoutOf } from '../../support/layouts.ts';
import { idA, idB, oneTag } from '../../support/store.ts';

async function refstore(
  args: readonly string[],
): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [built('bin/refstore.js'), ...args], {
    env: { ...noDaemon, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const [status] = await once(child, 'close');
  return { status, ...output };
}

const at = (daemon: FakeDaemon) => ['--data-root', daemon.dataRoot, '--host', daemon.host];
const commands = (stop: string, start: string) => [
  ...['--yes', '--restart', `--stop-command=${stop}`, `--start-command=${start}`, '--timeout=20'],
];

describe('a stop command that fails', () => {
  test('nothing was written and the daemon runs: status 3, and both are said', async () => {
    const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
    const pid = await daemon.pid();
    const line = [...at(daemon), 'tag', idB, 'b:1', ...commands('exit 7', 'exit 8')];
    const { status, stderr } = await refstore(line);
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('the old file stands; the daemon is up'),
    });
    const { document } = await cliJson(line);
    expect(document).toMatchObject({
      error: { code: 'RESTART_FAILED', outcome: { file: 'old', daemon: 'up' } },
    });
    expect(await daemon.content()).toBe(oneTag);
    expect(await daemon.pid()).toBe(pid);
  });

  test('but ended the daemon: it is said that it is down, status 6', async () => {
    const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
    const stop = `${daemon.stopCommand}; exit 7`;
    const { status, stderr } = await refstore([
      ...at(daemon),
      ...['tag', idB, 'b:1', ...commands(stop, 'exit 8')],
    ]);
    expect({ status, stderr }).toMatchObject({
      status: 6,
      stderr: expect.stringMatching(/the old file stands; the daemon is down: start it by hand/),
    });
    expect(await daemon.content()).toBe(oneTag);
  });
});

test('a signal when the file is written: 128+n, and it is said that the file is the new one, with its backup', async () => {
  // A broken file, which a repair checks once more when the daemon is up.
  const daemon = await FakeDaemon.start(oneTag, [idA]);
  await writeFile(daemon.file, oneTag.slice(0, -3));
  const { status, stderr } = await refstore([
    ...at(daemon),
    ...['repair', ...commands(daemon.stopCommand, `kill -TERM $PPID; ${daemon.startCommand}`)],
  ]);
  expect({ status, stderr }).toMatchObject({
    status: 143,
    stderr: expect.stringMatching(
      /the file is the new one \(the old one is the backup \d{8}T[\d.]+Z-[0-9a-f]{12}\); the daemon is up\n$/,
    ),
  });
  expect(stderr).not.toMatch(/nothing was|old file stands/);
  expect(await daemon.content()).toBe(oneTag);
  expect(await daemon.isUp()).toBe(true);
});

test('an archive that is loaded, and then a lock that cannot be taken: status 1, and that it is loaded is said', async () => {
  const daemon = await FakeDaemon.start('{"Repositories":{}}', [], { lockAtLoad: true });
  const path = await archiveOf(layoutOf(imageX, `${appName}:1.0`));
  const { status, stderr } = await cli([
    ...['--host', daemon.host, '--lock-timeout=1', 'load', path],
    ...commands(daemon.stopCommand, daemon.startCommand),
  ]);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /was loaded, but its digests were not written: .*cannot be locked[\s\S]*run the command again[\s\S]*the daemon has loaded the images; the old file stands/,
    ),
  });
  expect((await daemon.engine.images()).map(({ id }) => id)).toEqual([imageX.id]);
});
