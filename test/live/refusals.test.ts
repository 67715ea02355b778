import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasMirrorFlag, requireNoPulls } from '../../src/live/daemon-on-host.ts';
import { requireWritableHosts } from '../../src/live/hosts-file.ts';
import { cli } from '../support/cli.ts';
import { healthy, idA, idB } from '../support/cli-store.ts';
import { FakeDaemon } from '../support/fake-daemon.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const registries = { mirrors: [], usesProxy: false };
const processOf = (pid: number) => {
  return { identity: { pid, startTime: '' }, configFile: '/etc/docker/daemon.json', registries };
};

test.each([
  [['--registry-mirror=https://mirror.example'], true],
  [['--registry-mirror', 'https://mirror.example'], true],
  [['--registry-mirrors-of-others'], false],
  [[], false],
])('a daemon with the flags %j: its mirrors come from a flag: %s', async (flags, expected) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', ...flags]);
  onTestFinished(() => void child.kill());
  await once(child, 'spawn');
  expect(await hasMirrorFlag(processOf(child.pid ?? 0))).toBe(expected);
});

test('a pull under way is refused, and no pull is not', async () => {
  await expect(requireNoPulls(processOf(process.pid))).resolves.toBeUndefined();
  const folder = join(await temporaryFolder(), 'tmp');
  await mkdir(folder);
  const layer = await open(join(folder, 'GetImageBlob123'), 'w');
  try {
    await expect(requireNoPulls(processOf(process.pid))).rejects.toMatchObject({
      code: 'LIVE_REFUSED',
      message: expect.stringContaining('pulling an image'),
    });
  } finally {
    await layer.close();
  }
});

test('a hosts file that is a link or is missing is refused', async () => {
  const folder = await temporaryFolder();
  const [file, link] = [join(folder, 'hosts'), join(folder, 'link')];
  await writeFile(file, '');
  await symlink(file, link);
  await expect(requireWritableHosts(file)).resolves.toBeUndefined();
  for (const one of [link, join(folder, 'none')]) {
    await expect(requireWritableHosts(one)).rejects.toMatchObject({ code: 'LIVE_REFUSED' });
  }
});

test('--apply auto without a terminal: live where all of it can be, else exit 3 names the restart', async () => {
  const daemon = await FakeDaemon.start(healthy, [idA, idB]);
  const pid = await daemon.pid();
  const at = ['--host', daemon.host, '--data-root', daemon.dataRoot];
  const tagged = await cli([...at, 'tag', '--yes', '--apply=auto', 'app:1', 'new:1']);
  expect(tagged).toMatchObject({ status: 0 });
  const content = await daemon.content();
  expect(JSON.parse(content).Repositories.new).toEqual({ 'new:1': idB });
  const refused = await cli([...at, 'untag', '--yes', '--apply=auto', 'alpine:3.20']);
  expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('--restart') });
  expect(await daemon.content()).toBe(content);
  expect(await daemon.pid()).toBe(pid);
});
