import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dockerd } from './support/dockerd.ts';
import { makeImage } from './support/images.ts';
import { adding, program } from './support/refstore.ts';
import { run } from './support/run.ts';

/** A daemon is told by its lock, from another pid namespace too, and from others by its ID. */

const image = makeImage('app');
let daemon: Dockerd;
let other: Dockerd;

beforeAll(async () => {
  [daemon, other] = await Promise.all([Dockerd.create(), Dockerd.create({ line: '28.5' })]);
  await Promise.all([daemon.start(), other.start()]);
  await daemon.load(image, 'app:1');
});

afterAll(async () => {
  await daemon?.dispose();
  await other?.dispose();
});

const silent = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };

test('an edit from another pid namespace, where /proc/locks does not show the daemon, is refused', async () => {
  const file = await daemon.repositoriesFile();
  const before = await readFile(file, 'utf8');
  const patch = [program, '--data-root', daemon.root, 'patch', '--yes', '-'];
  const input = adding(image.id, 'app:2');
  const inside = ['--pid', '--fork', '--mount-proc', process.execPath];
  const { status, stderr } = await run('unshare', [...inside, ...patch], { input, env: silent });
  expect({ status, stderr }).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('a process of another pid namespace'),
  });
  expect(await readFile(file, 'utf8')).toBe(before);
  await daemon.stop();
  expect((await run('unshare', [...inside, ...patch], { input, env: silent })).status).toBe(0);
  await daemon.start();
  expect((await daemon.inspect('app:2')).Id).toBe(image.id);
});

test('a daemon of another data root has no say', async () => {
  const env = { DOCKER_HOST: other.host };
  const args = [program, '--data-root', daemon.root, 'diff', 'disk', 'live'];
  const { status, stderr } = await run(process.execPath, args, { env });
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('not on') });
});
