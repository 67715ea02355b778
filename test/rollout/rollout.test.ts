import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findManager } from '../../src/engine/find-manager.ts';
import { CommandManager } from '../../src/engine/managers/command.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import type { RolloutOptions } from '../../src/rollout/options.ts';
import { rollOut } from '../../src/rollout/rollout.ts';
import { openStore } from '../../src/store/open.ts';
import { type Behaviour, FakeDaemon } from '../support/fake-daemon.ts';
import { rejection } from '../support/rejection.ts';
import { add, idA, idB, oneTag, patch } from '../support/store.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const digest = `alpine@sha256:${'d'.repeat(64)}`;
const withDigest = `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","${digest}":"${idA}"}}}`;

function running(behaviour: Behaviour = {}): Promise<FakeDaemon> {
  return FakeDaemon.start(oneTag, [idA, idB], behaviour);
}

function byCommand(daemon: FakeDaemon): CommandManager {
  return new CommandManager({ stop: daemon.stopCommand, start: daemon.startCommand });
}

type Strategy = 'stop-start' | 'restart';

async function options(daemon: FakeDaemon, strategy: Strategy, manager: 'command' | 'pidfile' = 'command') {
  return {
    strategy,
    engine: daemon.engine,
    manager:
      manager === 'command'
        ? byCommand(daemon)
        : await findManager({ manager, dataRoot: daemon.dataRoot, pidFile: daemon.pidFile }),
    timeoutMs: 20_000,
  } satisfies RolloutOptions;
}

describe('without a strategy', () => {
  test('a running daemon is a refusal that names the two ways, and the file is untouched', async () => {
    const daemon = await running();
    const error = await rejection(
      rollOut(await daemon.store(), patch(add(digest)), { engine: daemon.engine }),
    );
    expect(error.code).toBe('DAEMON_RUNNING');
    expect(error.hint).toMatch(/stop-start.*--restart=restart/);
    expect(await daemon.content()).toBe(oneTag);
  });

  test('no daemon: written, and the next one that starts reads it', async () => {
    const daemon = await FakeDaemon.create(oneTag, [idA]);
    const result = await rollOut(await daemon.store(), patch(add(digest)), { engine: daemon.engine });
    expect(result).toMatchObject({ changed: true, effective: true, attempts: 1, restart: undefined });
    expect(result.reason).toContain(`no daemon uses ${daemon.dataRoot}`);
    expect(await daemon.content()).toBe(withDigest);
  });

  test('a change that is there already is no refusal, and the daemon is asked whether it knows', async () => {
    const daemon = await running();
    const result = await rollOut(await daemon.store(), patch(add('alpine:3.20')), { engine: daemon.engine });
    expect(result).toMatchObject({ changed: false, effective: true, attempts: 0 });
  });

  test('a daemon that only its API shows is a refusal too', async () => {
    const other = await running();
    const daemon = await FakeDaemon.create(oneTag, [idA]);
    await other.behave({ rootDir: daemon.dataRoot });
    await other.kill();
    await other.start();
    const store = await daemon.store();
    const error = await rejection(rollOut(store, patch(add(digest)), { engine: other.engine }));
    expect(error.code).toBe('DAEMON_RUNNING');
    expect(await daemon.content()).toBe(oneTag);
  });
});

test('the containerd image store is a refusal that says what to do instead', async () => {
  const daemon = await running({ containerd: true });
  const given = await options(daemon, 'stop-start');
  for (const strategy of [undefined, 'none', 'stop-start', 'restart'] as const) {
    const rolling = rollOut(await daemon.store(), patch(add(digest)), { ...given, strategy });
    const error = await rejection(rolling);
    expect(error.code).toBe('CONTAINERD_IMAGE_STORE');
    expect(error.hint).toMatch(/--preserve-digests.*oci-archive.*refstore load.*verify/);
  }
  expect(await daemon.content()).toBe(oneTag);
});

describe('a data root of a daemon that is down, and will use the containerd image store', () => {
  async function down(traces: Record<string, string>) {
    const folder = await temporaryFolder();
    const dataRoot = join(folder, 'root');
    const daemonJson = join(folder, 'daemon.json');
    await lay(folder, {
      'daemon.json': '{"features": {"containerd-snapshotter": true}}',
      'root/image/overlay2/repositories.json': oneTag,
      ...traces,
    });
    return { dataRoot, installations: [{ daemonJson, dataRoot }] };
  }

  test('is a refusal, whatever the strategy', async () => {
    const { dataRoot, installations } = await down({ 'root/buildkit/containerd-overlayfs/': '' });
    const store = await openStore({ dataRoot, installations: [], command: 'test' });
    for (const strategy of [undefined, 'none'] as const) {
      const error = await rejection(rollOut(store, patch(add(digest)), { strategy, installations }));
      expect(error).toMatchObject({ code: 'CONTAINERD_IMAGE_STORE', details: { file: store.location.file } });
    }
    expect(await readFile(store.location.file, 'utf8')).toBe(oneTag);
  });

  test('is none where the file itself was named', async () => {
    const { dataRoot, installations } = await down({ 'root/buildkit/containerd-overlayfs/': '' });
    const file = join(dataRoot, 'image/overlay2/repositories.json');
    const store = await openStore({ file, command: 'test' });
    expect(await rollOut(store, patch(add(digest)), { installations })).toMatchObject({ changed: true });
  });

  test('is none where it is not sure', async () => {
    const { dataRoot, installations } = await down({ 'root/buildkit/history.db': '' });
    const store = await openStore({ dataRoot, installations: [], command: 'test' });
    expect(await rollOut(store, patch(add(digest)), { installations })).toMatchObject({ changed: true });
  });
});

test('none: written while the daemon runs, and not effective', async () => {
  const daemon = await running();
  const { engine } = daemon;
  const result = await rollOut(await daemon.store(), patch(add(digest)), { strategy: 'none', engine });
  expect(result).toMatchObject({ changed: true, effective: false });
  expect(result.reason).toMatch(/at its next start/);
  expect(await daemon.content()).toBe(withDigest);
});

test('a dry run writes and stops nothing', async () => {
  const daemon = await running();
  const pid = await daemon.pid();
  for (const strategy of ['stop-start', 'restart'] as const) {
    const given = { ...(await options(daemon, strategy)), dryRun: true };
    const result = await rollOut(await daemon.store(), patch(add(digest)), given);
    expect(result).toMatchObject({ changed: true, dryRun: true, effective: false, attempts: 0 });
  }
  expect(await daemon.content()).toBe(oneTag);
  expect(await daemon.pid()).toBe(pid);
});

describe.each(['stop-start', 'restart'] as const)('%s', (strategy) => {
  test.each(['command', 'pidfile'] as const)('by %s: the daemon has it', async (manager) => {
    const daemon = await running();
    const pid = await daemon.pid();
    const result = await rollOut(
      await daemon.store(),
      patch(add(digest)),
      await options(daemon, strategy, manager),
    );
    expect(result).toMatchObject({ changed: true, effective: true, attempts: 1, verified: [], strategy });
    expect(result.restart).toMatchObject({ strategy, manager });
    expect(result.downMs).toBeGreaterThan(0);
    expect(await daemon.content()).toBe(withDigest);
    expect(await daemon.pid()).not.toBe(pid);
    expect(await daemon.engine.inspectImage(digest)).toMatchObject({ id: idA });
  });

  test('a change that the daemon has already restarts nothing', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const given = await options(daemon, strategy);
    const result = await rollOut(await daemon.store(), patch(add('alpine:3.20')), given);
    expect(result).toMatchObject({ changed: false, effective: true, attempts: 0, restart: undefined });
    expect(await daemon.pid()).toBe(pid);
  });

  test('a change that is in the file and not in the daemon is made effective', async () => {
    const daemon = await running();
    const store = await daemon.store();
    await rollOut(store, patch(add(digest)), { strategy: 'none', engine: daemon.engine });
    const result = await rollOut(store, patch(add(digest)), await options(daemon, strategy));
    expect(result).toMatchObject({ changed: false, effective: true });
    expect(await daemon.engine.inspectImage(digest)).toMatchObject({ id: idA });
  });

  test('a daemon that is down is started', async () => {
    const daemon = await FakeDaemon.create(oneTag, [idA]);
    const manager = new CommandManager({
      stop: 'exit 1',
      start: daemon.startCommand,
      restart: daemon.startCommand,
    });
    const given = { ...(await options(daemon, strategy)), manager };
    expect(await rollOut(await daemon.store(), patch(add(digest)), given)).toMatchObject({ effective: true });
    expect(await daemon.engine.inspectImage(digest)).toMatchObject({ id: idA });
  });

  test('a daemon that does not start on the new file: old bytes back, daemon up again', async () => {
    const daemon = await running({ failOn: digest });
    const store = await daemon.store();
    const given = await options(daemon, strategy, 'pidfile');
    const error = await rejection(rollOut(store, patch(add(digest)), given));
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/the old .* was put back, and the daemon is up again$/);
    expect(error.details).toMatchObject({ file: 'old', daemon: 'up' });
    expect(error.details['log']).toContain(`failed to start daemon: it does not like ${digest}`);
    expect(await daemon.content()).toBe(oneTag);
    expect(await daemon.isUp()).toBe(true);
  });

  test('a daemon that starts and never answers: the same', async () => {
    const daemon = await running({ deafOn: digest });
    const store = await daemon.store();
    const given = { ...(await options(daemon, strategy, 'pidfile')), timeoutMs: 2_000 };
    const error = await rejection(rollOut(store, patch(add(digest)), given));
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/did not answer within 2 s.*was put back, and the daemon is up again$/);
    expect(await daemon.content()).toBe(oneTag);
    expect(await daemon.isUp()).toBe(true);
  });

  test('a daemon that does not take it: the same', async () => {
    const daemon = await running({ forget: digest });
    const given = await options(daemon, strategy);
    const error = await rejection(rollOut(await daemon.store(), patch(add(digest)), given));
    expect(error.code).toBe('NOT_VERIFIED');
    expect(error.message).toMatch(/did not take .*was put back, and the daemon is up again$/);
    expect(await daemon.content()).toBe(oneTag);
    expect(await daemon.isUp()).toBe(true);
  });

  test('a daemon that starts on neither: the error says that it is down', async () => {
    const daemon = await running();
    const start = `test "$(cat ${daemon.file})" = never`;
    const manager = new CommandManager({ stop: daemon.stopCommand, start });
    const given = { ...(await options(daemon, strategy)), manager };
    const error = await rejection(rollOut(await daemon.store(), patch(add(digest)), given));
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/the old .* was put back, and then: .*failed: it exited with status 1/);
    expect(error.details).toMatchObject({ file: 'old' });
    expect(await daemon.content()).toBe(oneTag);
  });

  test('an old file that no daemon could start on is not put back', async () => {
    const daemon = await FakeDaemon.create(oneTag.slice(0, 40), [idA], { failOn: digest });
    const given = {
      ...(await options(daemon, strategy)),
      decode: () => parseRepositories(oneTag),
      timeoutMs: 1_000,
    };
    const manager = new CommandManager({ stop: 'true', start: daemon.startCommand });
    const error = await rejection(rollOut(await daemon.store(), patch(add(digest)), { ...given, manager }));
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toContain('no daemon could start on the old one');
    expect(error.details).toMatchObject({ file: 'new' });
    expect(await daemon.content()).toBe(withDigest);
  });

  test('a driver that the daemon does not use is a usage error', async () => {
    const daemon = await running();
    const store = await daemon.store();
    const vfs = { ...store, location: { ...store.location, driver: 'vfs' } };
    const error = await rejection(rollOut(vfs, patch(add(digest)), await options(daemon, strategy)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('uses the driver overlay2');
  });

  test('an engine of another data root is refused before anything is done', async () => {
    const [daemon, other] = [await running(), await running()];
    const given = { ...(await options(daemon, strategy)), engine: other.engine };
    const error = await rejection(rollOut(await daemon.store(), patch(add(digest)), given));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', reason: 'other-daemon' });
    expect(await daemon.content()).toBe(oneTag);
  });

  test('what it needs and was not given is a usage error', async () => {
    const daemon = await running();
    const given = await options(daemon, strategy);
    const store = await daemon.store();
    for (const missing of [{ manager: undefined }, { engine: undefined }]) {
      const error = await rejection(rollOut(store, patch(add(digest)), { ...given, ...missing }));
      expect(error.code).toBe('USAGE');
    }
    const manager = new CommandManager({ stop: 'true' });
    const error = await rejection(rollOut(store, patch(add(digest)), { ...given, manager }));
    expect(error).toMatchObject({ code: 'USAGE', hint: 'give it: --start-command CMD' });
    expect(await daemon.content()).toBe(oneTag);
  });
});
