import { afterEach, describe, expect, test, vi } from 'vitest';
import { SystemdManager } from '../../../src/engine/managers/systemd.ts';
import { readSystemdUnit, type SystemdUnit } from '../../../src/engine/managers/systemd-unit.ts';
import { commandsOnPath } from '../../support/commands.ts';
import { rejection } from '../../support/rejection.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** As systemd 252 answers `systemctl show`: a record for each unit, an empty line between. */
function showing(units: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const cases = Object.entries(units).map(([name, properties]) => {
    const lines = Object.entries(properties).map(([key, value]) => `echo "${key}=${value}"`);
    return `${name}) ${lines.join('; ')};;`;
  });
  return `case "$*" in *show*) ;; *) exit 0;; esac
first=1
for unit in "$@"; do
  case $unit in --*|show) continue;; esac
  [ $first = 1 ] || echo; first=0
  case $unit in ${cases.join(' ')} *) echo LoadState=not-found; echo ActiveState=inactive; echo MainPID=0;; esac
done`;
}

const service = { LoadState: 'loaded', ActiveState: 'active', MainPID: '812' };

describe('readSystemdUnit', () => {
  test('docker.service with an active docker.socket', async () => {
    const calls = await commandsOnPath({
      systemctl: showing({
        'docker.service': { ...service, TriggeredBy: 'docker.socket other.path' },
        'docker.socket': { LoadState: 'loaded', ActiveState: 'active', TriggeredBy: '' },
        'other.path': { LoadState: 'loaded', ActiveState: 'inactive', TriggeredBy: '' },
      }),
    });
    expect(await readSystemdUnit('docker.service', false)).toEqual({
      name: 'docker.service',
      user: false,
      mainPid: 812,
      activeState: 'active',
      triggeredBy: ['docker.socket'],
      masked: [],
    });
    expect(await calls()).toEqual([
      'systemctl show --property=LoadState,ActiveState,MainPID,TriggeredBy -- docker.service',
      'systemctl show --property=LoadState,ActiveState,MainPID,TriggeredBy -- docker.socket other.path',
    ]);
  });

  test('no such unit', async () => {
    await commandsOnPath({ systemctl: showing({}) });
    expect(await readSystemdUnit('docker.service', false)).toBeUndefined();
  });

  test.each(['docker.service', 'docker.socket'])(
    '%s is masked: systemd would stop the daemon, and could not start it',
    async (masked) => {
      const loadState = (name: string) => (name === masked ? 'masked' : 'loaded');
      await commandsOnPath({
        systemctl: showing({
          'docker.service': {
            ...service,
            LoadState: loadState('docker.service'),
            TriggeredBy: 'docker.socket',
          },
          'docker.socket': { LoadState: loadState('docker.socket'), ActiveState: 'active' },
        }),
      });
      const unit = await readSystemdUnit('docker.service', false);
      expect(unit?.masked).toEqual([masked]);
      const error = await rejection(new SystemdManager(unit as SystemdUnit).refresh());
      expect(error).toMatchObject({
        code: 'USAGE',
        message: `systemd cannot start docker.service: ${masked} is masked`,
        hint: `nothing was changed; systemctl unmask -- ${masked}`,
      });
    },
  );

  test('no systemd', async () => {
    await commandsOnPath({
      systemctl: 'echo "System has not been booted with systemd as init system (PID 1)."; exit 1',
    });
    expect(await readSystemdUnit('docker.service', false)).toBeUndefined();
  });

  test('the user’s own systemd', async () => {
    const calls = await commandsOnPath({ systemctl: showing({ 'docker.service': service }) });
    expect(await readSystemdUnit('docker.service', true)).toMatchObject({ user: true, triggeredBy: [] });
    expect(await calls()).toEqual([
      'systemctl --user show --property=LoadState,ActiveState,MainPID,TriggeredBy -- docker.service',
    ]);
  });
});

describe('SystemdManager', () => {
  const unit: SystemdUnit = {
    name: 'docker.service',
    user: false,
    mainPid: 812,
    activeState: 'active',
    triggeredBy: ['docker.socket'],
    masked: [],
  };
  const stop = [
    'systemctl reset-failed -- docker.socket docker.service',
    'systemctl stop -- docker.socket docker.service',
  ];
  const start = ['systemctl start -- docker.socket docker.service'];

  test('stops the socket in one go with the service, and starts both again', async () => {
    const calls = await commandsOnPath({ systemctl: '' });
    const manager = new SystemdManager(unit);
    expect([manager.plan('stop'), manager.plan('start')]).toEqual([stop, start]);
    await manager.stop();
    await manager.start();
    expect(await calls()).toEqual([...stop, ...start]);
  });

  test('a restart leaves the socket as it is', async () => {
    const calls = await commandsOnPath({ systemctl: '' });
    const manager = new SystemdManager(unit);
    await manager.restart();
    expect(await calls()).toEqual(manager.plan('restart'));
    expect(await calls()).toEqual([
      'systemctl reset-failed -- docker.socket docker.service',
      'systemctl restart -- docker.service',
    ]);
  });

  test('a socket that was not active is not started', async () => {
    const calls = await commandsOnPath({ systemctl: '' });
    const manager = new SystemdManager({ ...unit, triggeredBy: [] });
    await manager.stop();
    await manager.start();
    expect((await calls()).join()).not.toContain('docker.socket');
  });

  test('a rootless daemon’s unit', async () => {
    const calls = await commandsOnPath({ systemctl: '', journalctl: 'echo one; echo two' });
    const manager = new SystemdManager({ ...unit, user: true, triggeredBy: [] });
    await manager.stop();
    expect(await manager.log()).toEqual(['one', 'two']);
    expect(await calls()).toEqual([
      'systemctl --user reset-failed -- docker.service',
      'systemctl --user stop -- docker.service',
      'journalctl --user _SYSTEMD_USER_UNIT=docker.service -n 20 --no-pager -o cat',
    ]);
  });

  test('a reset that fails is no failure, a stop that fails is one, in systemd’s words', async () => {
    await commandsOnPath({ systemctl: 'echo "Failed to $1 docker.service: Access denied" >&2; exit 4' });
    const error = await rejection(new SystemdManager(unit).stop());
    expect(error.code).toBe('RESTART_FAILED');
    expect(error.message).toBe(
      '"systemctl stop -- docker.socket docker.service" failed: it exited with status 4: Failed to stop docker.service: Access denied',
    );
  });

  test('a daemon that does not start, in its own last words', async () => {
    const calls = await commandsOnPath({
      systemctl:
        'echo "Job for docker.service failed because the control process exited with error code."; exit 1',
      journalctl: 'echo starting; echo "failed to start daemon: EOF"',
    });
    const error = await rejection(new SystemdManager(unit).start());
    expect(error.message).toBe(
      '"systemctl start -- docker.socket docker.service" failed, as the daemon did not start; its last word: failed to start daemon: EOF',
    );
    expect(error.details).toMatchObject({ log: ['starting', 'failed to start daemon: EOF'] });
    expect((await calls()).at(-1)).toBe('journalctl _SYSTEMD_UNIT=docker.service -n 20 --no-pager -o cat');
  });

  test('without journalctl there is no log', async () => {
    await commandsOnPath({ journalctl: 'exit 127' });
    expect(await new SystemdManager(unit).log()).toEqual([]);
  });
});
