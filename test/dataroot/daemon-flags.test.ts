import { expect, test } from 'vitest';
import { readDaemonFlags } from '../../src/dataroot/daemon-flags.ts';

test.each([
  '--data-root /srv/docker',
  '--data-root=/srv/docker',
  '-g /srv/docker',
  '-g/srv/docker',
  '-g=/srv/docker',
  '--graph /srv/docker',
  '--debug --data-root /srv/docker',
  '-D --data-root /srv/docker',
  '-H fd:// --containerd=/run/containerd/containerd.sock --data-root /srv/docker --live-restore',
  '--data-root /old --data-root /srv/docker',
])('%s', (line) => {
  expect(readDaemonFlags(line.split(' '))).toMatchObject({ dataRoot: '/srv/docker' });
});

test('what else decides where images are kept', () => {
  const line =
    '--config-file /etc/d.json -s vfs --userns-remap=default --feature containerd-snapshotter=false';
  expect(readDaemonFlags(line.split(' '))).toEqual({
    dataRoot: undefined,
    configFile: '/etc/d.json',
    storageDriver: 'vfs',
    usernsRemap: 'default',
    containerdSnapshotter: false,
  });
});

test.each(['--data-root', '--data-root /srv/my docker', '-H fd:// && echo'])('%s cannot be read', (line) => {
  expect(readDaemonFlags(line.split(' '))).toHaveProperty('problem');
});
