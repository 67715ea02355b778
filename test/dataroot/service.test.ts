import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readInitScript, readUnit, readUnitFiles } from '../../src/dataroot/service.ts';
import { commandsOnPath } from '../support/commands.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const start = (argv: string) =>
  `ExecStart={ path=/usr/bin/dockerd ; argv[]=${argv} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`;

/** What systemd 252 shows of docker.service. */
async function shown(...lines: string[]) {
  const folder = await temporaryFolder();
  await lay(folder, { shown: `LoadState=loaded\n${lines.join('\n')}\n` });
  await commandsOnPath({ systemctl: `cat ${folder}/shown` });
  return await readUnit({ user: false });
}

describe('docker.service', () => {
  test('as packages make it names nothing', async () => {
    expect(
      await shown(start('/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock')),
    ).toEqual({
      service: 'docker.service',
      flags: expect.objectContaining({ dataRoot: undefined, configFile: undefined }),
    });
  });

  test('of a drop-in with --data-root', async () => {
    expect(await shown(start('/usr/bin/dockerd --data-root /srv/docker -H fd://'))).toMatchObject({
      flags: { dataRoot: '/srv/docker' },
    });
  });

  test('of Debian, with DOCKER_OPTS in /etc/default/docker', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { default: '# comment\nDOCKER_OPTS="--data-root /srv/docker -s vfs"\n' });
    const unit = await shown(
      start('/usr/sbin/dockerd -H fd:// $DOCKER_OPTS'),
      `EnvironmentFiles=${folder}/default (ignore_errors=yes)`,
    );
    expect(unit).toMatchObject({ flags: { dataRoot: '/srv/docker', storageDriver: 'vfs' } });
  });

  test('with a variable of Environment=', async () => {
    const unit = await shown(
      start(`/usr/bin/dockerd --data-root \${ROOT}`),
      'Environment=A=1 "ROOT=/srv/my docker"',
    );
    expect(unit).toMatchObject({ flags: { dataRoot: '/srv/my docker' } });
  });

  test('with a variable that is set nowhere, which is empty', async () => {
    expect(
      await shown(
        start('/usr/sbin/dockerd -H fd:// $DOCKER_OPTS'),
        'EnvironmentFiles=/nowhere/docker (ignore_errors=yes)',
      ),
    ).toMatchObject({ flags: { dataRoot: undefined } });
  });

  test.each([
    [[start('/opt/start-docker --data-root /srv')], 'it runs /opt/start-docker'],
    [[start('/bin/sh -c exec dockerd')], 'it runs /bin/sh'],
    [[start('/usr/bin/dockerd --data-root /srv/my docker')], '"docker" belongs to no flag'],
    [[], 'no single ExecStart='],
    [
      [start('/usr/bin/dockerd $X'), 'EnvironmentFiles=/nowhere/docker (ignore_errors=no)'],
      'there is no /nowhere/docker',
    ],
  ])('%j cannot be told', async (lines, why) => {
    expect(await shown(...lines)).toMatchObject({ problem: expect.stringContaining(why) });
  });

  test('that is not there', async () => {
    await commandsOnPath({ systemctl: 'echo LoadState=not-found' });
    expect(await readUnit({ user: false })).toBeUndefined();
  });

  test('of a systemd that does not answer', async () => {
    await commandsOnPath({ systemctl: 'exit 1' });
    expect(await readUnit({ user: false })).toMatchObject({ problem: 'systemctl show does not answer' });
  });
});

describe('without systemd', () => {
  test('the options of the init script count', async () => {
    const root = await temporaryFolder();
    expect(await readInitScript(root)).toBeUndefined();
    await lay(root, { 'etc/init.d/docker': '', 'etc/default/docker': "DOCKER_OPTS='-g /srv/docker'\n" });
    expect(await readInitScript(root)).toMatchObject({ flags: { dataRoot: '/srv/docker' } });
    await lay(root, { 'etc/default/docker': 'DOCKER_OPTS="-g $ROOT"\n' });
    expect(await readInitScript(root)).toMatchObject({ problem: 'DOCKER_OPTS is computed by the shell' });
    await lay(root, { 'etc/default/docker': '#DOCKER_OPTS="-g /srv"\n' });
    expect(await readInitScript(root)).toBeUndefined();
  });

  test('a unit file that names a data root is enough to refuse', async () => {
    const root = await temporaryFolder();
    await lay(root, {
      'usr/lib/systemd/system/docker.service': '[Service]\nExecStart=/usr/bin/dockerd -H fd://\n',
    });
    expect(await readUnitFiles(root)).toBeUndefined();
    const dropIn = 'etc/systemd/system/docker.service.d/root.conf';
    await lay(root, { [dropIn]: '[Service]\n# --data-root /a\n' });
    expect(await readUnitFiles(root)).toBeUndefined();
    await lay(root, { [dropIn]: '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd \\\n  --data-root /a\n' });
    expect(await readUnitFiles(root)).toMatchObject({
      problem: `${join(root, dropIn)} names a data root or a daemon.json, and systemd does not run here`,
    });
  });
});
