import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { repositories } from '../../support/cli-store.ts';
import { digestOf, manifestOf } from '../../support/data-root.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { Hosts } from '../../support/hosts.ts';
import { registryHandler, serve } from '../../support/registry-server.ts';

/** As FakeDaemon keeps every config. */
const config = '{}';
const imageId = digestOf(config);

/** 127.0.0.1:PORT/app-N:1, all of them the one image, each with a manifest of its own. */
async function registry(count: number) {
  const names = Array.from({ length: count }, (_, index) => `app-${index}`);
  const blobs = names.map((name) => {
    const bytes = Buffer.from(JSON.stringify(manifestOf(imageId, undefined, { annotations: { name } })));
    return [`${name}:1`, { bytes, digest: digestOf(bytes), mediaType: JSON.parse(`${bytes}`).mediaType }];
  });
  const byTag = Object.fromEntries(blobs);
  let now = 0;
  let most = 0;
  const handle = registryHandler(byTag);
  const { host, seen } = await serve((request, response, one) => {
    most = Math.max(most, ++now);
    response.once('close', () => now--);
    // Long enough for requests to be under way side by side.
    setTimeout(() => handle(request, response, one), 2);
  });
  const tags = Object.fromEntries(
    names.map((name) => [`${host}/${name}`, { [`${host}/${name}:1`]: imageId }]),
  );
  return { host, seen, content: repositories(tags), concurrency: () => most };
}

function restore({ host, dataRoot }: FakeDaemon): string[] {
  return ['--host', host, '--data-root', dataRoot, 'digests', 'restore'];
}

function managed(daemon: FakeDaemon): string[] {
  const { stopCommand, startCommand } = daemon;
  const commands = ['--stop-command', stopCommand, '--start-command', startCommand];
  return [...restore(daemon), '--manager', 'command', ...commands];
}

describe('a running daemon', () => {
  test('500 images from a registry: requests side by side but bounded, and one restart at the end', async () => {
    const { content, concurrency, seen } = await registry(500);
    const daemon = await FakeDaemon.start(content, [imageId]);
    const starts = async () => (await daemon.log()).split('API listen on').length - 1;
    expect(await starts()).toBe(1);
    const { status, document } = await cliJson([
      ...managed(daemon),
      '--yes',
      '--restart',
      '--from',
      'docker://',
    ]);
    expect({ status, document }).toMatchObject({
      status: 0,
      document: { changed: true, effective: true, notRestored: [] },
    });
    expect((document as { restored: unknown[] }).restored).toHaveLength(500);
    expect(await starts()).toBe(2);
    expect(concurrency()).toBeGreaterThan(1);
    expect(concurrency()).toBeLessThanOrEqual(16);
    expect(seen.filter(({ url }) => url.includes('/manifests/'))).toHaveLength(500);
    expect((await daemon.engine.images()).flatMap(({ digests }) => digests)).toHaveLength(500);
  });

  test('interrupted while the registry is asked: nothing was written, the daemon never stopped', async () => {
    const { content, seen } = await registry(50);
    const daemon = await FakeDaemon.start(content, [imageId]);
    const pid = await daemon.pid();
    const stop = new AbortController();
    const waiting = setInterval(() => seen.length > 10 && stop.abort(), 1);
    const { status } = await cli([...managed(daemon), '--yes', '--restart', '--from', 'docker://'], {
      signal: stop.signal,
    });
    clearInterval(waiting);
    expect(status).toBe(3);
    expect(await daemon.content()).toBe(content);
    expect(await daemon.pid()).toBe(pid);
  });

  test('is a refusal without a way to restart it', async () => {
    const { content } = await registry(1);
    const daemon = await FakeDaemon.start(content, [imageId]);
    const { status, stderr } = await cli([...restore(daemon), '--yes', '--from', 'docker://']);
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('--restart') });
    expect(await daemon.content()).toBe(content);
  });

  test('with the containerd image store restarts nothing, and asks for no image that is not here', async () => {
    const { content, seen } = await registry(1);
    const daemon = await FakeDaemon.start(content, [imageId], { containerd: true });
    const pid = await daemon.pid();
    const { status, stdout, stderr } = await cli([
      ...managed(daemon),
      '--yes',
      '--restart',
      '--from',
      'docker://',
    ]);
    expect({ status, stdout, stderr }).toMatchObject({
      status: 1,
      stdout: '0 digests restored\n',
      stderr: expect.stringContaining('it is not restarted'),
    });
    expect(seen).toEqual([]);
    expect(await daemon.pid()).toBe(pid);
    expect(await daemon.content()).toBe(content);
  });

  test.each([
    ['--out=patch.json', 'there is no file to patch'],
    [`--trust-unproven=app@sha256:${'d'.repeat(64)}`, 'takes no digest without its manifest'],
  ])('with the containerd image store %s is no use', async (option, message) => {
    const { content } = await registry(1);
    const daemon = await FakeDaemon.start(content, [imageId], { containerd: true });
    const { status, stderr } = await cli([...restore(daemon), '--yes', option, '--from', 'docker://']);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
  });
});

test('a registry that lies about one image of many gives the others', async () => {
  const hosts = new Hosts();
  const lie = Buffer.from(hosts.multiManifest);
  const { host } = await serve((request, response) => {
    const isApp = request.url?.includes('/app/') ?? false;
    const bytes = isApp ? Buffer.from(hosts.appManifest) : lie;
    response.writeHead(200, {
      'content-type': JSON.parse(`${bytes}`).mediaType,
      'docker-content-digest': digestOf(hosts.appManifest),
    });
    response.end(bytes);
  });
  const { at, store } = await hosts.airGapped({
    [`${host}/app`]: { [`${host}/app:1`]: hosts.app },
    [`${host}/multi`]: { [`${host}/multi:1`]: hosts.multi },
  });
  const { stdout, stderr } = await cli([...at, 'digests', 'restore', '--yes', '--from', 'docker://']);
  expect(stdout).toContain('1 digest restored');
  expect(stderr).toContain(`not read: docker://${host}/multi:1: `);
  const { repositories: after } = await store.read();
  expect(after.find(`${host}/app@${digestOf(hosts.appManifest)}`)).toBe(hosts.app);
  expect(after.size).toBe(3);
});
