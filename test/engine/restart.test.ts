import { describe, expect, test, vi } from 'vitest';
import { findManager } from '../../src/engine/find-manager.ts';
import { CommandManager } from '../../src/engine/managers/command.ts';
import { restartDaemon } from '../../src/engine/restart.ts';
import type { RestartOptions, RestartStage } from '../../src/engine/restart-options.ts';
import { RefstoreError } from '../../src/errors.ts';
import { type Behaviour, FakeDaemon } from '../support/fake-daemon.ts';
import { rejection } from '../support/rejection.ts';
import { idA, oneTag } from '../support/store.ts';

function running(behaviour: Behaviour = {}): Promise<FakeDaemon> {
  return FakeDaemon.start(oneTag, [idA], behaviour);
}

function options(daemon: FakeDaemon, strategy: RestartOptions['strategy']) {
  const { engine, dataRoot } = daemon;
  const manager = new CommandManager({ stop: daemon.stopCommand, start: daemon.startCommand });
  return { strategy, manager, engine, dataRoot, timeoutMs: 20_000 } satisfies RestartOptions;
}

describe('stop-start', () => {
  test('the work is done while nothing runs, and the daemon is a new one', async () => {
    const daemon = await running({ stopMs: 100 });
    const pid = await daemon.pid();
    const stages: RestartStage[] = [];
    let upMeanwhile: boolean | undefined;
    const result = await restartDaemon({
      ...options(daemon, 'stop-start'),
      whileStopped: async () => {
        upMeanwhile = await daemon.isUp();
      },
      onProgress: (stage) => stages.push(stage),
    });
    expect(upMeanwhile).toBe(false);
    expect(result).toMatchObject({
      strategy: 'stop-start',
      manager: 'command',
      commands: [daemon.stopCommand, daemon.startCommand],
    });
    expect(stages).toEqual(['stopping', 'stopped', 'starting', 'started', 'healthy']);
    expect(await daemon.pid()).not.toBe(pid);
  });

  test('a daemon that is down is not stopped, only started', async () => {
    const daemon = await FakeDaemon.create(oneTag, [idA]);
    const result = await restartDaemon(options(daemon, 'stop-start'));
    expect(result.commands).toEqual([daemon.startCommand]);
    expect(await daemon.isUp()).toBe(true);
  });

  test('what the work throws goes on once the daemon is up again', async () => {
    const daemon = await running();
    const rolling = restartDaemon({
      ...options(daemon, 'stop-start'),
      whileStopped: () => Promise.reject(new RangeError('no room')),
    });
    await expect(rolling).rejects.toThrow(new RangeError('no room'));
    expect(await daemon.isUp()).toBe(true);
  });

  test('the work fails, and the daemon does not come back: both are said', async () => {
    const daemon = await running();
    const manager = new CommandManager({ stop: daemon.stopCommand, start: 'echo broken; exit 1' });
    const error = await rejection(
      restartDaemon({
        ...options(daemon, 'stop-start'),
        manager,
        whileStopped: () => Promise.reject(new RangeError('no room')),
      }),
    );
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/it exited with status 1: broken; before that: no room$/);
  });

  test('the work fails, and then another error than that of a restart: both are said', async () => {
    const daemon = await running();
    const { manager } = options(daemon, 'stop-start');
    vi.spyOn(manager, 'start').mockRejectedValue(
      new RefstoreError('ENGINE_FAILED', 'odd answer', { hint: 'look' }),
    );
    const error = await rejection(
      restartDaemon({
        ...options(daemon, 'stop-start'),
        manager,
        whileStopped: () => Promise.reject(new RangeError('no room')),
      }),
    );
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', hint: 'look', cause: new RangeError('no room') });
    expect(error.message).toBe('odd answer; before that: no room');
  });

  test('a stop that does nothing: nothing is done, and no second daemon is started', async () => {
    const daemon = await running();
    const manager = new CommandManager({ stop: 'true', start: 'exit 99' });
    const pid = await daemon.pid();
    let worked = false;
    const error = await rejection(
      restartDaemon({
        ...options(daemon, 'stop-start'),
        manager,
        timeoutMs: 300,
        whileStopped: async () => {
          worked = true;
        },
      }),
    );
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/did not stop: dockerd \(process \d+\) still works on .* after 0.3 s$/);
    expect(worked).toBe(false);
    expect(await daemon.pid()).toBe(pid);
  });

  test('somebody else starts it again: nothing is done', async () => {
    const daemon = await running();
    const stop = `${daemon.stopCommand}; sleep 0.1; ${daemon.startCommand} sleep 1`;
    const manager = new CommandManager({ stop, start: 'exit 99' });
    const error = await rejection(
      restartDaemon({
        ...options(daemon, 'stop-start'),
        manager,
        whileStopped: () => Promise.reject(new Error('worked')),
      }),
    );
    expect(error).toMatchObject({ code: 'RESTART_FAILED', daemon: 'up' });
    expect(error.message).toContain('something else started it again');
    expect(await daemon.isUp()).toBe(true);
  });

  test('an abort while it stops: the work is not done, and the daemon is up again', async () => {
    const daemon = await running();
    const abort = new AbortController();
    const error = await rejection(
      restartDaemon({
        ...options(daemon, 'stop-start'),
        signal: abort.signal,
        onProgress: () => abort.abort(),
        whileStopped: () => Promise.reject(new Error('worked')),
      }),
    );
    expect(error.code).toBe('ABORTED');
    expect(await daemon.isUp()).toBe(true);
  });
});

describe('restart', () => {
  test('the daemon is a new one', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const result = await restartDaemon(options(daemon, 'restart'));
    expect(result.commands).toEqual([daemon.stopCommand, daemon.startCommand]);
    expect(await daemon.pid()).not.toBe(pid);
  });

  test('a restart command that returns before it has done anything: the old daemon is not taken for the new', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const manager = new CommandManager({
      restart: `(sleep 0.3; ${daemon.stopCommand}; ${daemon.startCommand}) >/dev/null 2>&1 &`,
    });
    await restartDaemon({ ...options(daemon, 'restart'), manager });
    expect(await daemon.pid()).not.toBe(pid);
  });

  test('a restart command that does nothing is noticed', async () => {
    const daemon = await running();
    const manager = new CommandManager({ restart: 'true' });
    const given = { ...options(daemon, 'restart'), manager, timeoutMs: 300 };
    const error = await rejection(restartDaemon(given));
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toMatch(/did not come back: process \d+ is still the old one after 0.3 s$/);
  });

  test('a daemon that does not answer is restarted all the same', async () => {
    const daemon = await running();
    await daemon.behave({ deafOn: 'alpine:3.20' });
    await restartDaemon({ ...options(daemon, 'restart'), timeoutMs: 500 }).catch(() => undefined);
    expect(await daemon.isUp()).toBe(false);
    await daemon.behave({});
    await restartDaemon({ ...options(daemon, 'restart'), timeoutMs: 2_500 });
    expect(await daemon.isUp()).toBe(true);
  });

  test('an abort before it: nothing is done', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const given = { ...options(daemon, 'restart'), signal: AbortSignal.abort() };
    expect((await rejection(restartDaemon(given))).code).toBe('ABORTED');
    expect(await daemon.pid()).toBe(pid);
  });
});

describe.each(['stop-start', 'restart'] as const)('%s', (strategy) => {
  test('a daemon that comes back on another data root is not the one', async () => {
    const daemon = await running();
    await daemon.behave({ rootDir: '/elsewhere' });
    const error = await rejection(restartDaemon(options(daemon, strategy)));
    expect(error).toMatchObject({ code: 'RESTART_FAILED', daemon: 'up' });
    expect(error.message).toContain(`works on /elsewhere, not on ${daemon.dataRoot}`);
  });

  test('a daemon that dies at its start: at once, with its last words', async () => {
    const daemon = await running();
    await daemon.behave({ failOn: 'alpine:3.20' });
    const manager = await findManager({ manager: 'pidfile', pidFile: daemon.pidFile });
    const error = await rejection(restartDaemon({ ...options(daemon, strategy), manager }));
    expect(error).toMatchObject({ code: 'RESTART_FAILED', daemon: 'down' });
    expect(error.message).toMatch(
      /its process ended again; its last word: failed to start daemon: it does not/,
    );
  });

  test('without a data root, what the engine says is all there is', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const { dataRoot: _, ...given } = options(daemon, strategy);
    await restartDaemon(given);
    expect(await daemon.pid()).not.toBe(pid);
  });

  test('a command that is missing is found before anything is done', async () => {
    const daemon = await running();
    const manager = new CommandManager({ stop: daemon.stopCommand });
    expect((await rejection(restartDaemon({ ...options(daemon, strategy), manager }))).code).toBe('USAGE');
    expect(await daemon.isUp()).toBe(true);
  });
});
