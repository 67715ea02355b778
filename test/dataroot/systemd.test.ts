import { afterEach, describe, expect, test, vi } from 'vitest';
import { isUnitName, showUnits } from '../../src/dataroot/systemd.ts';
import { askProgram, systemEnvironment } from '../../src/system/system-program.ts';
import { commandsOnPath } from '../support/commands.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('names of units', () => {
  test.each(['docker.service', 'snap.docker.dockerd.service', 'docker@1.service', 'a\\x2db.socket'])(
    '%s is one',
    (name) => expect(isUnitName(name)).toBe(true),
  );

  test.each([
    '-Hevil.example.com.service',
    '--host=evil.service',
    'docker',
    'a b.service',
    'docker.service;x',
    'a/b.service',
    '.service',
    `${'a'.repeat(256)}.service`,
  ])('%s is none', (name) => expect(isUnitName(name)).toBe(false));

  test('systemctl is not asked about what is none', async () => {
    const calls = await commandsOnPath({ systemctl: 'echo LoadState=loaded' });
    expect(await showUnits(['-Hevil.example.com.service'], ['LoadState'], false)).toBeUndefined();
    expect(await calls()).toEqual([]);
    expect(await showUnits(['docker.service'], ['LoadState'], false)).toEqual([{ LoadState: ['loaded'] }]);
    expect(await calls()).toEqual(['systemctl show --property=LoadState -- docker.service']);
  });
});

describe('programs of the system', () => {
  test('are found whatever our PATH says, and get none of our environment', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('SYSTEMCTL_OPTIONS', 'secret');
    const { status, output } = await askProgram(['env'], { timeoutMs: 5000 });
    expect(status).toBe(0);
    const names = output
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['LC_ALL', 'PATH']);
  });

  test('only the user’s systemd is told where its bus is', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1000');
    expect(systemEnvironment()).not.toHaveProperty('XDG_RUNTIME_DIR');
    expect(systemEnvironment({ user: true })).toMatchObject({ XDG_RUNTIME_DIR: '/run/user/1000' });
  });

  test('one that hangs, or prints without end, gives no answer', async () => {
    expect(await askProgram(['sleep', '60'], { timeoutMs: 50 })).toMatchObject({ status: undefined });
    expect(await askProgram(['yes'], { timeoutMs: 10_000 })).toMatchObject({ status: undefined });
  });
});
