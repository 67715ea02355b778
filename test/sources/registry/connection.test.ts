import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RegistryHttp } from '../../../src/sources/registry/http.ts';
import type { RegistryOptions } from '../../../src/sources/registry/options.ts';
import { makeImage } from '../../e2e/support/images.ts';
import { digestOf, indexOf } from '../../support/data-root.ts';
import { blobOf, contextWith, hereWith, openEvidence } from '../../support/evidence.ts';
import { writeFolder } from '../../support/layout.ts';
import { type Handler, registryHandler, serve, serveRegistry } from '../../support/registry-server.ts';
import { rejection } from '../../support/rejection.ts';
import { testCertificate } from '../../support/tls.ts';

const app = makeImage('app', 'amd64');
const manifest = app.manifests.oci;
const give = registryHandler({ 'app:1': manifest, 'library/alpine:3': manifest });
const usual: RegistryOptions = {
  configDir: '/nonexistent',
  certsDir: '/nonexistent',
  backoffMs: 1,
  timeoutMs: 2000,
};

function ask(reference: string, registry: RegistryOptions = {}, signal?: AbortSignal) {
  const context = contextWith(hereWith([app]), { registry: { ...usual, ...registry }, signal });
  return openEvidence(`docker://${reference}`).evidence(context);
}

describe('TLS', () => {
  test('on this host a certificate that proves nothing will do, as for the daemon', async () => {
    const { host } = await serve(give, { tls: true });
    expect((await ask(`${host}/app:1`)).describedDigests).toHaveLength(1);
  });

  // Only loopback addresses can be listened on here; what is not on this host is told by the rule alone.
  test('a certificate that is not trusted', async () => {
    const { exchange } = await import('../../../src/sources/registry/exchange.ts');
    const { agentFor } = await import('../../../src/sources/registry/certificates.ts');
    const { connectionError } = await import('../../../src/sources/registry/registry-error.ts');
    const { port } = await serve(give, { tls: true });
    const url = new URL(`https://localhost:${port}/v2/app/manifests/1`);
    const responder = { registry: url.host, role: 'registry' } as const;
    const options = { headers: {}, sizeLimit: 1 << 20, timeoutMs: 2000, responder };
    const without = await agentFor(url.host, false, '/nonexistent');
    const error = await exchange(url, { ...options, agent: without }).catch((one: unknown) =>
      connectionError(responder, one),
    );
    expect(error).toMatchObject({
      reason: 'tls',
      hint: expect.stringContaining(`/etc/docker/certs.d/${url.host}/ca.crt`),
    });

    const certsDir = await writeFolder({ [`${url.host}/ca.crt`]: testCertificate });
    const agent = await agentFor(url.host, false, certsDir);
    expect((await exchange(url, { ...options, agent })).status).toBe(200);
  });

  test('a registry on another host is never spoken to in the clear, unless it is listed', async () => {
    const http = new RegistryHttp(usual);
    const error = await rejection(http.send(new URL('http://192.0.2.1/v2/'), { headers: {}, sizeLimit: 1 }));
    expect(error.details).toMatchObject({ reason: 'tls', host: '192.0.2.1' });
    expect(error.hint).toContain('list it as insecure');
  });
});

/** 0.0.0.0 leads to this host and is not a loopback address: a registry elsewhere, as far as the rules see. */
describe('a registry on another host that leads to this one', () => {
  const elsewhere = (port: number) => `0.0.0.0:${port}`;

  test.each(['http', 'https'])('by a redirect to %s: no server without TLS is asked', async (scheme) => {
    const local = await serve(give);
    const registry = await serve((_request, response) => {
      response.writeHead(307, { location: `${scheme}://${local.host}/v2/app/manifests/1` }).end();
    });
    const host = elsewhere(registry.port);
    const error = await rejection(ask(`${host}/app:1`, { insecure: [host] }));
    expect(error.details).toMatchObject({ reason: 'tls', host });
    expect(error.message).toContain('at the host that it leads to');
    expect(local.seen).toEqual([]);
  });

  test('by a redirect to TLS: its certificate has to be trusted', async () => {
    const local = await serve(give, { tls: true });
    const registry = await serve((_request, response) => {
      response.writeHead(307, { location: `https://${local.host}/v2/app/manifests/1` }).end();
    });
    const host = elsewhere(registry.port);
    const error = await rejection(ask(`${host}/app:1`, { insecure: [host] }));
    expect(error.message).toContain('its certificate is not trusted');
    expect(local.seen).toEqual([]);
  });

  test.each(['http', 'https'])('by a token service at %s: no server without TLS is asked', async (scheme) => {
    const local = await serve((_request, response) => void response.end('{"token":"x"}'));
    const registry = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${scheme}://${local.host}/token"` }).end();
    });
    const host = elsewhere(registry.port);
    const error = await rejection(ask(`${host}/app:1`, { insecure: [host] }));
    expect(error.details).toMatchObject({ reason: 'tls', host });
    expect(error.message).toContain('at its token service');
    expect(local.seen).toEqual([]);
  });
});

test('a registry on this host may lead to a server without TLS on this host, also as https', async () => {
  const local = await serve(give);
  const { host } = await serve((_request, response) => {
    response.writeHead(307, { location: `https://${local.host}/v2/app/manifests/1` }).end();
  });
  expect((await ask(`${host}/app:1`)).describedDigests).toHaveLength(1);
});

test('a certificate that cannot be read fails what needs it, with its path', async () => {
  const { host } = await serve(give, { tls: true });
  const certsDir = await writeFolder({ [`${host}/ca.crt/x`]: '' });
  const error = await rejection(ask(`${host}/app:1`, { certsDir }));
  expect(error.code).toBe('NOT_A_REGULAR_FILE');
  expect(error.message).toContain('ca.crt');
});

describe('mirrors of Docker Hub', () => {
  test('are asked for its names, in their order, and the first that has it is enough', async () => {
    const empty = await serveRegistry({});
    const full = await serve(give);
    const mirrors = [`http://${empty.host}`, `http://${full.host}/`];
    const { describedDigests } = await ask('alpine:3', { mirrors });
    expect(describedDigests).toMatchObject([
      { repository: 'alpine', tag: '3', detail: `registry ${full.host}` },
    ]);
    expect([empty, full].map(({ seen }) => seen.map(({ url }) => url))).toEqual([
      ['/v2/library/alpine/manifests/3'],
      ['/v2/library/alpine/manifests/3'],
    ]);
  });

  test('are not asked for the names of others', async () => {
    const mirror = await serve(give);
    const { host } = await serve(give);
    await ask(`${host}/app:1`, { mirrors: [`http://${mirror.host}`] });
    expect(mirror.seen).toEqual([]);
  });

  test('that lie are the end of it: nobody else is asked', async () => {
    const liar = await serve((_request, response) => {
      response.writeHead(200, { 'docker-content-digest': `sha256:${'f'.repeat(64)}` }).end(manifest.bytes);
    });
    const honest = await serve(give);
    const error = await rejection(
      ask('alpine:3', { mirrors: [`http://${liar.host}`, `http://${honest.host}`] }),
    );
    expect(error.details).toMatchObject({ reason: 'lie', host: liar.host });
    expect(honest.seen).toEqual([]);
  });

  test('get their own credentials and never those of Docker Hub', async () => {
    const mirror = await serve((request, response, seen) => {
      if (seen.authorization !== undefined) give(request, response, seen);
      else response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    });
    const auth = (user: string) => ({ auth: Buffer.from(`${user}:x`).toString('base64') });
    const config = { auths: { 'https://index.docker.io/v1/': auth('hub'), [mirror.host]: auth('mirror') } };
    const configDir = await writeFolder({ 'config.json': JSON.stringify(config) });
    await ask('alpine:3', { mirrors: [`http://${mirror.host}`], configDir });
    expect(mirror.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from('mirror:x').toString('base64')}`,
    ]);
  });

  test.each(['mirror', 'ftp://x', 'https://x/path', 'https://joe:secret@x', 'https://x/?y'])(
    '%s is none',
    async (text) => {
      const error = await rejection(ask('alpine:3', { mirrors: [text] }));
      expect(error.code).toBe('USAGE');
      expect(`${error.message} ${error.hint}`).not.toContain('secret');
    },
  );
});

describe('trouble', () => {
  /** Fails so many times, then gives the manifest. */
  const after = (times: number, fail: Handler): Handler => {
    let left = times;
    return (request, response, seen) =>
      left-- > 0 ? fail(request, response, seen) : give(request, response, seen);
  };

  test.each<[string, Handler]>([
    ['too many requests', (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end()],
    ['unavailable', (_, response) => void response.writeHead(503).end()],
    ['a connection that is cut', (request) => void request.socket.destroy()],
    [
      'an answer that is cut',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{', () => response.destroy());
      },
    ],
  ])('that passes (%s) is waited for', async (_, fail) => {
    const { host, seen } = await serve(after(3, fail));
    expect((await ask(`${host}/app:1`)).describedDigests).toHaveLength(1);
    expect(seen).toHaveLength(4);
  });

  test.each<[string, Handler, string]>([
    [
      'too many requests',
      (_, response) => void response.writeHead(429).end(),
      'it wants fewer requests (429)',
    ],
    ['unavailable', (_, response) => void response.writeHead(503).end(), 'it answered 503'],
    ['a cut', (request) => void request.socket.destroy(), 'it closed the connection before it had answered'],
  ])('that stays (%s) is told after five tries', async (_, fail, message) => {
    const { host, seen } = await serve(fail);
    const error = await rejection(ask(`${host}/app:1`));
    expect(error.message).toContain(message);
    expect(seen).toHaveLength(5);
  });

  test.each([
    [403, 'does not give'],
    [404, 'it has no'],
    [400, 'it answered 400'],
    [204, 'it answered 204'],
    [304, 'it answered 304'],
  ])('of the answer %i nothing is hoped', async (status, message) => {
    const { host, seen } = await serve((_request, response) => void response.writeHead(status).end());
    expect((await rejection(ask(`${host}/app:1`))).message).toContain(message);
    expect(seen).toHaveLength(1);
  });

  test('nothing listens', async () => {
    const { port } = await closedPort();
    const error = await rejection(ask(`127.0.0.1:${port}/app:1`));
    expect(error).toMatchObject({
      code: 'SOURCE_FAILED',
      hint: expect.stringContaining('proxies are not used'),
    });
    expect(error.message).toContain('nothing listens there');
  });

  test('no HTTP', async () => {
    const server = createServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    expect((await rejection(ask(`127.0.0.1:${port}/app:1`))).message).toContain('its answer is not HTTP');
  });

  test('an answer that never ends', async () => {
    const { host } = await serve((_request, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    const error = await rejection(ask(`${host}/app:1`, { timeoutMs: 60 }));
    expect(error.message).toContain('no whole answer in 0.06 s');
    expect(error.details).toMatchObject({ reason: 'timeout' });
  });

  test.each([
    ['while a request is under way', {}, (() => undefined) satisfies Handler],
    [
      'while it waits for a better time',
      { backoffMs: 60_000 },
      ((_, response) => void response.writeHead(503).end()) satisfies Handler,
    ],
  ])('an abort %s', async (_, options, handler: Handler) => {
    const { host } = await serve(handler);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const error = await rejection(ask(`${host}/app:1`, { timeoutMs: 60_000, ...options }, controller.signal));
    expect(error.code).toBe('ABORTED');
  });

  test('one failure ends what else is under way', async () => {
    const children = [digestOf('a'), digestOf('b')];
    const index = blobOf(indexOf(children.map((digest) => ({ digest }))));
    let ended = false;
    const { host } = await serve((request, response, seen) => {
      if (request.url?.endsWith('/1')) registryHandler({ 'app:1': index })(request, response, seen);
      else if (request.url?.endsWith(children[0] ?? ''))
        setTimeout(() => response.end(Buffer.alloc(5 << 20)), 50);
      else
        response.on('close', () => {
          ended = true;
        });
    });
    const error = await rejection(ask(`${host}/app:1`, { timeoutMs: 600_000 }));
    expect(error.code).toBe('LIMIT_EXCEEDED');
    await expect.poll(() => ended).toBe(true);
  });
});

async function closedPort(): Promise<{ port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return { port };
}
