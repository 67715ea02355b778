import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { findManager } from '../../../src/engine/find-manager.ts';
import { rollOut } from '../../../src/rollout/rollout.ts';
import { built } from '../../support/built.ts';
import { noDaemon } from '../../support/cli.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { add, idA, idB, oneTag, patch } from '../../support/store.ts';

async function refstore(args: readonly string[]): Promise<{ status: number; output: string }> {
  const child = spawn(process.execPath, [built('bin/refstore.js'), ...args], {
    env: { ...noDaemon, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  return { status, output };
}

test.each(['stop-start', 'restart'])(
  'two runs with --restart=%s at once: each restarts the daemon that runs then, and the daemon has both changes',
  async (strategy) => {
    const daemon = await FakeDaemon.start(oneTag, [idA, idB], { stopMs: 300 });
    const tag = (name: string) =>
      refstore([
        ...['--data-root', daemon.dataRoot, '--host', daemon.host, 'tag', idB, name, '--yes'],
        ...[`--restart=${strategy}`, '--manager=pidfile', `--pid-file=${daemon.pidFile}`, '--timeout=5'],
      ]);
    const both = await Promise.all([tag('one:1'), tag('two:1')]);
    expect(both).toMatchObject([{ status: 0 }, { status: 0 }]);
    for (const name of ['one:1', 'two:1']) {
      expect(await daemon.engine.inspectImage(name)).toMatchObject({ id: idB });
    }
  },
);

test('two rollouts that were planned on the same daemon: the second stops the one that runs then', async () => {
  const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
  const { dataRoot, pidFile, engine } = daemon;
  const managers = await Promise.all(
    [1, 2].map(() => findManager({ manager: 'pidfile', dataRoot, pidFile })),
  );
  const [one, two] = await Promise.all(
    managers.map(async (manager, index) =>
      rollOut(await daemon.store(), patch(add(`name${index}:1`, idB)), {
        strategy: 'stop-start',
        manager,
        engine,
        timeoutMs: 5_000,
      }),
    ),
  );
  expect([one, two]).toMatchObject([{ effective: true }, { effective: true }]);
});

test('a daemon that was started in another way since the plan was shown is not stopped', async () => {
  const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
  const { dataRoot, pidFile, engine } = daemon;
  const manager = await findManager({ manager: 'pidfile', dataRoot, pidFile });
  await daemon.kill();
  await daemon.start(['--debug']);
  const pid = await daemon.pid();
  const rolling = rollOut(await daemon.store(), patch(add('name:1', idB)), {
    strategy: 'stop-start',
    manager,
    engine,
    timeoutMs: 5_000,
  });
  await expect(rolling).rejects.toThrow('was started in another way');
  expect(await daemon.pid()).toBe(pid);
  expect(await daemon.content()).toBe(oneTag);
});
