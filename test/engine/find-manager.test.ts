import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FindManagerOptions } from '../../src/engine/daemon-manager.ts';
import { findManager } from '../../src/engine/find-manager.ts';
import { type HostProbe, hostProbe } from '../../src/engine/host-probe.ts';
import type { SystemdUnit } from '../../src/engine/managers/systemd-unit.ts';
import { commandsOnPath } from '../support/commands.ts';
import { holdFlock } from '../support/flock.ts';
import { rejection } from '../support/rejection.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const dataRoot = '/var/lib/docker';

function unit(name: string, mainPid: number, more: Partial<SystemdUnit> = {}): SystemdUnit {
  const activeState = mainPid === 0 ? 'inactive' : 'active';
  return { name, user: false, mainPid, activeState, triggeredBy: [], masked: [], ...more };
}

interface Host {
  /** Process that works on the data root. */
  readonly daemon?: number;
  /** It, its parent, and so on. */
  readonly chain?: readonly number[];
  readonly units?: readonly SystemdUnit[];
  readonly unitOfDaemon?: string;
  readonly service?: 'service' | 'rc-service';
  readonly pidFiles?: Readonly<Record<string, number>>;
  readonly uid?: number;
  readonly daemonUid?: number;
  readonly sharesMounts?: boolean;
  readonly argv?: readonly string[];
}

function host(of: Host): HostProbe {
  const { daemon, chain = daemon === undefined ? [] : [daemon, 1], uid = 0 } = of;
  return {
    uid,
    dataRootUser: async () => daemon,
    pidIn: async (file) => of.pidFiles?.[file],
    process: async (pid) =>
      chain.includes(pid)
        ? { pid, startTime: '9', parent: chain[chain.indexOf(pid) + 1] ?? 0, uid: of.daemonUid ?? 0 }
        : undefined,
    processImage: async () => ({
      executable: '/usr/sbin/dockerd',
      argv: of.argv ?? ['dockerd'],
      cwd: '/',
      env: {},
      logFile: undefined,
    }),
    ancestors: async () => [...chain],
    sharesMounts: async () => of.sharesMounts ?? true,
    unitOf: async () => of.unitOfDaemon,
    systemdUnit: async (name, user) => of.units?.find((one) => one.name === name && one.user === user),
    serviceCommand: async () => of.service,
  };
}

const docker = unit('docker.service', 812, { triggeredBy: ['docker.socket'] });
const down = unit('docker.service', 0);

describe('found by itself', () => {
  test.each<[string, Host, string, string]>([
    [
      'docker.service',
      { daemon: 812, units: [docker] },
      'systemd',
      'systemctl stop -- docker.socket docker.service',
    ],
    [
      'a daemon below docker.service’s first process',
      { daemon: 900, chain: [900, 850, 812, 1], units: [docker] },
      'systemd',
      'systemctl stop -- docker.socket docker.service',
    ],
    ['docker.service that is down', { units: [down] }, 'systemd', 'systemctl stop -- docker.service'],
    [
      'a unit of another name, by its control group',
      {
        daemon: 77,
        units: [down, unit('snap.docker.dockerd.service', 77)],
        unitOfDaemon: 'snap.docker.dockerd.service',
      },
      'systemd',
      'systemctl stop -- snap.docker.dockerd.service',
    ],
    [
      'a rootless daemon',
      {
        daemon: 60,
        chain: [60, 55, 50, 1],
        uid: 1000,
        daemonUid: 1000,
        units: [unit('docker.service', 50, { user: true })],
      },
      'systemd',
      'systemctl --user stop -- docker.service',
    ],
    [
      'an init script',
      { daemon: 30, service: 'service', pidFiles: { '/var/run/docker.pid': 30 } },
      'service',
      'service docker stop',
    ],
    ['an init script, and no daemon', { service: 'rc-service' }, 'service', 'rc-service docker stop'],
    ['a daemon that nothing looks after', { daemon: 30 }, 'pidfile', 'kill -TERM 30'],
  ])('%s', async (_, of, name, stop) => {
    const manager = await findManager({ dataRoot }, host(of));
    expect(manager.name).toBe(name);
    expect(manager.plan('stop').at(-1)).toBe(stop);
  });
});

describe('not guessed', () => {
  test.each<[string, Host, string]>([
    ['nothing at all', {}, 'no daemon runs; systemd knows no docker.service; there is no init script docker'],
    [
      'docker.service runs another daemon',
      { daemon: 30, chain: [30, 20, 1], units: [docker] },
      'docker.service (active, process 812) does not run it',
    ],
    ['docker.service runs, and nobody uses the data root', { units: [docker] }, 'does not run it'],
    [
      'a service that is only an ancestor',
      {
        daemon: 30,
        chain: [30, 20, 10, 1],
        units: [unit('ssh.service', 10)],
        unitOfDaemon: 'ssh.service',
      },
      'process 20, which started it, may start it again',
    ],
    [
      'an init script of another daemon',
      { daemon: 30, chain: [30, 20, 1], service: 'service', pidFiles: { '/var/run/docker.pid': 31 } },
      '/var/run/docker.pid and /var/run/docker-ssd.pid do not name it',
    ],
    ['the first process of a container', { daemon: 1, chain: [1] }, 'process 1 of a container'],
    [
      'a daemon in another container',
      { daemon: 30, sharesMounts: false },
      'in another container, or rootless',
    ],
    [
      'another user’s daemon',
      { daemon: 30, daemonUid: 1000 },
      'process 30 is of user 1000, and this is user 0',
    ],
    ['a daemon with an inherited socket', { daemon: 30, argv: ['dockerd', '-H', 'fd://'] }, 'fd://'],
  ])('%s', async (_, of, seen) => {
    const error = await rejection(findManager({ dataRoot }, host(of)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('cannot tell what stops and starts the Docker daemon');
    expect(error.message).toContain(seen);
    expect(error.hint).toMatch(/--manager.*--stop-command/);
  });
});

describe('asked for', () => {
  test.each<[FindManagerOptions, Host, string]>([
    [{ manager: 'command', commands: {} }, {}, 'command'],
    [{ commands: { restart: 'x' } }, { daemon: 812, units: [docker] }, 'command'],
    [{ unit: 'my-docker.service' }, { daemon: 9, units: [unit('my-docker.service', 9)] }, 'systemd'],
    [{ manager: 'service' }, { daemon: 30, service: 'service' }, 'service'],
    [{ manager: 'pidfile' }, { daemon: 30, chain: [30, 20, 1] }, 'pidfile'],
    [{ pidFile: '/a.pid' }, { chain: [44, 1], pidFiles: { '/a.pid': 44 } }, 'pidfile'],
  ])('%j', async (options, of, name) => {
    expect((await findManager({ dataRoot, ...options }, host(of))).name).toBe(name);
  });

  test.each<[FindManagerOptions, Host, string]>([
    [
      { manager: 'systemd' },
      { daemon: 30, units: [docker] },
      'docker.service (active, process 812) does not run it',
    ],
    [{ manager: 'service' }, { daemon: 30 }, 'there is no init script docker'],
    [{ manager: 'pidfile' }, {}, 'a daemon that does not run cannot be started as it was'],
    [{ pidFile: '/a.pid' }, { pidFiles: { '/a.pid': 44 } }, 'does not run'],
  ])('%j, and it cannot be', async (options, of, seen) => {
    const error = await rejection(findManager({ dataRoot, ...options }, host(of)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(seen);
  });
});

describe('what is really there', () => {
  test('the process that holds the locks of a data root, with all that it takes to start it again', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { 'volumes/metadata.db': '' });
    const { pid } = await holdFlock(`${folder}/volumes/metadata.db`);
    const manager = await findManager({ manager: 'pidfile', dataRoot: folder });
    expect(manager.plan('stop')).toEqual([`kill -TERM ${pid}`]);
    expect(manager.plan('start')).toEqual([expect.stringMatching(/^cd .* && \S+dockerd -c /)]);
  });

  test('a process that holds the lock and is no dockerd is nothing to stop', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { 'volumes/metadata.db': '' });
    await holdFlock(`${folder}/volumes/metadata.db`, { command: 'postgres' });
    expect(await hostProbe.dataRootUser(folder)).toBeUndefined();
    const error = await rejection(findManager({ manager: 'pidfile', dataRoot: folder }));
    expect(error.message).toContain('no daemon runs');
  });

  test('a pid file', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { good: '42\n', bad: 'x' });
    expect(await hostProbe.pidIn(`${folder}/good`)).toBe(42);
    expect(await hostProbe.pidIn(`${folder}/bad`)).toBeUndefined();
    expect(await hostProbe.pidIn(`${folder}/none`)).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('the command that runs init scripts', async () => {
    const none = { 'rc-service': 'exit 1', service: 'echo "docker: unrecognized service"; exit 1' };
    await commandsOnPath(none);
    expect(await hostProbe.serviceCommand()).toBeUndefined();
  });
});
