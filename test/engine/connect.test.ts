import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { HttpClient } from '../../src/engine/http-client.ts';
import { rejection } from '../support/rejection.ts';
import { asOrdinaryUser } from '../support/system.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';
import { testCertificate, testKey } from '../support/tls.ts';

const headers = { 'Api-Version': '1.41', Server: 'Docker/20.10.24 (linux)' };

async function listening(server: Server | TcpServer, where: string | number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return typeof where === 'string' ? 0 : (server.address() as AddressInfo).port;
}

/** A daemon with these answers, by path with its version; a number is a status. */
async function daemonWith(answers: Readonly<Record<string, unknown>>, apiVersion = '1.41') {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const answer = url === '/_ping' ? 'OK' : (answers[url] ?? 404);
    const status = typeof answer === 'number' ? answer : 200;
    response.writeHead(status, { ...headers, 'Api-Version': apiVersion });
    const body = status === 200 ? answer : { message: `no such thing: ${url}` };
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const socket = join(await temporaryFolder(), 'docker.sock');
  await listening(createServer(listener), socket);
  return { asked, engine: connectEngine({ host: `unix://${socket}`, env: {} }) };
}

async function engineBehind(server: Server | TcpServer): Promise<Engine> {
  return connectEngine({ host: `tcp://127.0.0.1:${await listening(server, 0)}`, env: {} });
}

describe('answers', () => {
  test('ping, info, images, an image, containers', async () => {
    const id = `sha256:${'a'.repeat(64)}`;
    const { engine } = await daemonWith({
      '/v1.41/info': {
        DockerRootDir: '/var/lib/docker',
        Driver: 'overlay2',
        DriverStatus: [['Backing Filesystem', 'extfs']],
        ServerVersion: '20.10.24',
        ID: 'QHFR:XGHI',
        LiveRestoreEnabled: true,
        ContainersRunning: 2,
        SecurityOptions: ['name=userns'],
      },
      '/v1.41/images/json?all=1': [
        { Id: id, RepoTags: ['alpine:3.20'], RepoDigests: null },
        { Id: 'sha256:b', RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] },
        { Id: 'sha256:c', RepoTags: null, RepoDigests: [] },
      ],
      '/v1.41/images/alpine%3A3.20/json': { Id: id, RepoTags: ['alpine:3.20'], RepoDigests: [] },
      '/v1.41/images/host%3A5000%2Fa%2Fb%401/json': 404,
      '/v1.41/images/A%2Fb%3A1/json': 400,
      '/v1.41/containers/json': [{ Id: 'c1', Names: ['/web'], Image: 'alpine:3.20' }],
    });
    expect(await engine.ping()).toEqual({ apiVersion: '1.41', server: 'Docker/20.10.24 (linux)' });
    expect(await engine.info()).toEqual({
      dataRoot: '/var/lib/docker',
      driver: 'overlay2',
      imageStore: 'graphdriver',
      serverVersion: '20.10.24',
      id: 'QHFR:XGHI',
      liveRestore: true,
      containersRunning: 2,
      securityOptions: ['name=userns'],
    });
    expect(await engine.imageStore()).toBe('graphdriver');
    expect(await engine.images()).toEqual([
      { id, tags: ['alpine:3.20'], digests: [] },
      { id: 'sha256:b', tags: [], digests: [] },
      { id: 'sha256:c', tags: [], digests: [] },
    ]);
    expect(await engine.inspectImage('alpine:3.20')).toEqual({ id, tags: ['alpine:3.20'], digests: [] });
    expect(await engine.inspectImage('alpine:gone')).toBeUndefined();
    expect(await engine.inspectImage('A/b:1')).toBeUndefined();
    expect(await engine.runningContainers()).toEqual([{ id: 'c1', names: ['web'], image: 'alpine:3.20' }]);
  });

  test('the containerd image store, as 26.1 and 28.5 say it', async () => {
    const info = {
      DockerRootDir: '/var/lib/docker',
      Driver: 'overlayfs',
      DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
      SecurityOptions: null,
    };
    const { engine } = await daemonWith({ '/v1.41/info': info });
    expect(await engine.imageStore()).toBe('containerd');
  });

  test.each([
    ['1.41', '1.41'],
    ['1.24', '1.24'],
    ['1.99', '1.51'],
    ['2.0', '1.51'],
  ])('a daemon with API %s is asked in %s', async (apiVersion, used) => {
    const { engine, asked } = await daemonWith({ [`/v${used}/containers/json`]: [] }, apiVersion);
    expect(await engine.runningContainers()).toEqual([]);
    expect(asked).toEqual(['/_ping', `/v${used}/containers/json`]);
  });

  test('what is no reference is asked of no daemon', async () => {
    const { engine, asked } = await daemonWith({});
    const error = await rejection(engine.inspectImage('../../containers/json'));
    expect(error.code).toBe('INVALID_REFERENCE');
    expect(asked).toEqual([]);
  });

  test('connections are kept, and one that went stale with the daemon is made again', async () => {
    const socket = join(await temporaryFolder(), 'docker.sock');
    let connections = 0;
    const serve = () => {
      const server = createServer((_, response) => response.writeHead(200, headers).end('OK'));
      server.on('connection', () => connections++);
      return server;
    };
    const first = serve();
    await listening(first, socket);
    const engine = connectEngine({ host: `unix://${socket}`, env: {} });
    await engine.ping();
    await engine.ping();
    expect(connections).toBe(1);
    await new Promise((resolve) => {
      first.close(resolve);
      first.closeAllConnections();
    });
    await listening(serve(), socket);
    await engine.ping();
    expect(connections).toBe(2);
  });

  test('over TLS, with the certificate checked', async () => {
    const server = createTlsServer({ key: testKey, cert: testCertificate }, (_, response) =>
      response.writeHead(200, headers).end('OK'),
    );
    const port = await listening(server, 0);
    const folder = await temporaryFolder();
    await lay(folder, { 'ca.pem': testCertificate });
    const host = `tcp://127.0.0.1:${port}`;
    const env = { HOME: '/none', DOCKER_TLS_VERIFY: '1' };
    const trusting = connectEngine({ host, env: { ...env, DOCKER_CERT_PATH: folder } });
    expect(await trusting.ping()).toMatchObject({ apiVersion: '1.41' });
    const error = await rejection(connectEngine({ host, env }).ping());
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', reason: 'tls' });
    expect(error.hint).toContain('ca.pem');
  });
});

describe('one clear sentence, and what next', () => {
  test('no socket', async () => {
    const host = `unix://${await temporaryFolder()}/docker.sock`;
    const error = await rejection(connectEngine({ host, env: {} }).ping());
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', reason: 'no-socket', details: { host } });
    expect(error.message).toBe(`cannot connect to the Docker daemon at ${host}: there is no socket`);
    expect(error.hint).toContain('start the daemon');
  });

  test('permission denied', async () => {
    const { engine } = await daemonWith({});
    await asOrdinaryUser(async () => {
      const error = await rejection(engine.ping());
      expect(error).toMatchObject({ reason: 'permission' });
      expect(error.hint).toContain('docker group');
    });
  });

  test('nothing listens', async () => {
    const server = createServer();
    const port = await listening(server, 0);
    server.close();
    const error = await rejection(connectEngine({ host: `tcp://127.0.0.1:${port}`, env: {} }).ping());
    expect(error).toMatchObject({ reason: 'refused' });
  });

  test('a web server', async () => {
    const engine = await engineBehind(createServer((_, response) => response.end('<html>')));
    const error = await rejection(engine.info());
    expect(error).toMatchObject({ reason: 'not-docker' });
    expect(error.message).toContain('does not answer /_ping as a Docker daemon does');
  });

  test('something that is no web server', async () => {
    const engine = await engineBehind(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    const error = await rejection(engine.ping());
    expect(error).toMatchObject({ reason: 'not-docker' });
    expect(error.message).toContain('its answer is not HTTP');
  });

  test('a plain daemon asked over TLS', async () => {
    const port = await listening(
      createServer((_, response) => response.end()),
      0,
    );
    const env = { HOME: '/none', DOCKER_TLS: '1' };
    const error = await rejection(connectEngine({ host: `tcp://127.0.0.1:${port}`, env }).ping());
    expect(error).toMatchObject({ reason: 'tls' });
  });

  test.each([['{"DockerRootDir":'], [[]], [{ Driver: 'overlay2' }]])(
    'an answer that is %j',
    async (answer) => {
      const { engine } = await daemonWith({ '/v1.41/info': answer });
      const error = await rejection(engine.info());
      expect(error).toMatchObject({ reason: 'not-docker' });
      expect(error.message).toContain('/info');
    },
  );

  test.each([[{}], [[null]], [[{ RepoTags: [] }]]])('a list of images that is %j', async (answer) => {
    const { engine } = await daemonWith({ '/v1.41/images/json?all=1': answer });
    expect(await rejection(engine.images())).toMatchObject({ reason: 'not-docker' });
  });

  test('a refusal, in the daemon’s words', async () => {
    const { engine } = await daemonWith({ '/v1.41/info': 500 });
    const error = await rejection(engine.info());
    expect(error).toMatchObject({ reason: 'status', status: 500 });
    expect(error.message).toContain('no such thing: /v1.41/info (HTTP 500)');
  });

  test('a request that makes the daemon crash', async () => {
    const { engine } = await daemonWith({});
    await engine.ping();
    const crashing = await engineBehind(createServer((request) => request.socket.destroy()));
    expect(await rejection(crashing.ping())).toMatchObject({ reason: 'closed' });
  });

  test('no answer in time', async () => {
    const engine = await engineBehind(createServer(() => undefined));
    const error = await rejection(engine.ping({ timeoutMs: 50 }));
    expect(error).toMatchObject({ reason: 'timeout' });
    expect(error.message).toContain('did not answer in 0.05 s');
  });

  test('an answer that never ends', async () => {
    const engine = await engineBehind(
      createServer((_, response) => void response.writeHead(200, headers).write('O')),
    );
    expect(await rejection(engine.ping({ timeoutMs: 50 }))).toMatchObject({ reason: 'timeout' });
  });

  test('an answer larger than it may be', async () => {
    const server = createServer((_, response) => response.end('x'.repeat(2_000)));
    const hostname = '127.0.0.1';
    const port = await listening(server, 0);
    const client = new HttpClient({ kind: 'tcp', host: 'tcp://x', hostname, port, tls: undefined });
    const get = (sizeLimit: number) => client.get('/', { timeoutMs: 5_000, sizeLimit });
    expect((await get(2_000)).body).toHaveLength(2_000);
    expect((await rejection(get(1_999))).code).toBe('LIMIT_EXCEEDED');
  });

  test('an abort, before and while it waits', async () => {
    const engine = await engineBehind(createServer(() => undefined));
    expect((await rejection(engine.ping({ signal: AbortSignal.abort() }))).code).toBe('ABORTED');
    const abort = new AbortController();
    const ping = rejection(engine.ping({ signal: abort.signal }));
    setTimeout(() => abort.abort(), 20);
    expect((await ping).code).toBe('ABORTED');
  });
});
