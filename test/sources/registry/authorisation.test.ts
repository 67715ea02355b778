import { chmod, writeFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { delimiter, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RefstoreError } from '../../../src/errors.ts';
import type { RegistryOptions } from '../../../src/sources/registry/options.ts';
import { makeImage } from '../../e2e/support/images.ts';
import { contextWith, hereWith, openEvidence } from '../../support/evidence.ts';
import { writeFolder } from '../../support/layout.ts';
import { type Handler, registryHandler, type Serving, serve } from '../../support/registry-server.ts';
import { rejection } from '../../support/rejection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const app = makeImage('app', 'amd64');
const manifest = app.manifests.oci;
const give = registryHandler({ 'demo/app:1': manifest, 'app:1': manifest });
const password = 'pa:ss-wörd-4711';
const token = 'token-0815.abc';
const basic = `Basic ${Buffer.from(`joe:${password}`).toString('base64')}`;

/** Docker's client configuration with these fields. */
async function configured(config: object, more: RegistryOptions = {}): Promise<RegistryOptions> {
  const configDir = await writeFolder({ 'config.json': JSON.stringify(config) });
  return { configDir, certsDir: '/nonexistent', backoffMs: 1, timeoutMs: 5000, ...more };
}

const login = (...hosts: string[]) =>
  configured({
    auths: Object.fromEntries(
      hosts.map((host) => [host, { auth: Buffer.from(`joe:${password}`).toString('base64') }]),
    ),
  });

function ask(host: string, registry: RegistryOptions, reference = 'demo/app:1') {
  return openEvidence(`docker://${host}/${reference}`).evidence(contextWith(hereWith([app]), { registry }));
}

/** The failure, in which nothing secret is, wherever one looks. */
async function failure(promise: Promise<unknown>): Promise<RefstoreError> {
  const error = await rejection(promise);
  const text = `${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })}`;
  for (const secret of [password, token, basic.slice(6), 'refresh-me']) expect(text).not.toContain(secret);
  return error;
}

/** Gives the manifest to who has this header, and asks all others for it. */
const guarded =
  (authorization: string, challenge: string): Handler =>
  (request, response, seen) => {
    if (seen.authorization === authorization) give(request, response, seen);
    else response.writeHead(401, { 'www-authenticate': challenge }).end();
  };

const sends = (serving: Serving) => serving.seen.map(({ authorization }) => authorization);

describe('Basic', () => {
  test('with what docker login left, when it is asked for and not before', async () => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    expect((await ask(registry.host, await login(registry.host))).describedDigests).toHaveLength(1);
    expect(sends(registry)).toEqual([undefined, basic]);
  });

  test.each(['https://HOST', 'http://HOST/v1/', 'HOST/v2/'])('filed under %s', async (key) => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    await ask(registry.host, await login(key.replace('HOST', registry.host)));
    expect(sends(registry)).toEqual([undefined, basic]);
  });

  test('with none: what to do', async () => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    const error = await failure(ask(registry.host, await login('other.example.com')));
    expect(error.hint).toBe(`docker login ${registry.host}`);
    expect(error.details).toMatchObject({ reason: 'unauthorized' });
    expect(sends(registry)).toEqual([undefined]);
  });

  test('refused for ever: asked twice, no more', async () => {
    const registry = await serve(guarded('nobody', 'Basic realm="x"'));
    const error = await failure(ask(registry.host, await login(registry.host)));
    expect(error.message).toContain('does not give');
    expect(sends(registry)).toEqual([undefined, basic]);
  });

  test('a registry that sends back what it was sent', async () => {
    const registry = await serve((_request, response, { authorization }) => {
      if (authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      else {
        response.writeHead(500, authorization, {
          'docker-content-digest': authorization,
          'x-echo': authorization,
        });
        response.end(JSON.stringify({ errors: [{ code: authorization, message: authorization }] }));
      }
    });
    const error = await failure(ask(registry.host, await login(registry.host)));
    expect(error.message).toContain('it answered 500');
  });

  test.each<[string, (echo: string) => OutgoingHttpHeaders | Buffer]>([
    ['the host of a redirect', (echo) => ({ location: `https://${echo}.invalid/` })],
    ['the host of a redirect into the clear', (echo) => ({ location: `http://${echo}.invalid/` })],
    [
      'the host of a token service',
      (echo) => ({ 'www-authenticate': `Bearer realm="http://${echo}.invalid/"` }),
    ],
    ['the digest', (echo) => ({ 'docker-content-digest': echo })],
    ['the media type of a manifest', (echo) => Buffer.from(JSON.stringify({ mediaType: echo }))],
  ])('a registry that sends it back as %s', async (_, answer) => {
    const echo = Buffer.from(`joe:${password}`).toString('hex');
    const registry = await serve((_request, response, { authorization }) => {
      if (authorization === undefined)
        return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      const given = answer(echo);
      if (Buffer.isBuffer(given)) return void response.end(given);
      const status = 'location' in given ? 307 : 'www-authenticate' in given ? 401 : 200;
      response.writeHead(status, given).end('{}');
    });
    const error = await failure(ask(registry.host, await login(registry.host)));
    const text = `${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })}`;
    expect(text.toLowerCase()).not.toContain(echo);
  });
});

describe('a token', () => {
  /** A registry, and a token service of its own on another port. */
  async function withTokens(answer: Handler, realm = 'http://127.0.0.1:PORT/token?x=1') {
    const service = await serve(answer);
    const challenge = `Bearer realm="${realm.replace('PORT', String(service.port))}",service="reg \\"x\\"",scope="repository:evil:push"`;
    const registry = await serve(guarded(`Bearer ${token}`, challenge));
    return { registry, service };
  }
  const tokens: Handler = (_request, response) => void response.end(JSON.stringify({ token }));

  test('without credentials, for what is asked for and not what the registry says', async () => {
    const { registry, service } = await withTokens(tokens);
    expect((await ask(registry.host, await login())).describedDigests).toHaveLength(1);
    expect(sends(registry)).toEqual([undefined, `Bearer ${token}`]);
    const query = new URL(service.seen[0]?.url ?? '', 'http://x').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      x: '1',
      service: 'reg "x"',
      scope: 'repository:demo/app:pull',
    });
    expect(sends(service)).toEqual([undefined]);
  });

  test('for a user', async () => {
    const { registry, service } = await withTokens((_request, response) => {
      response.end(JSON.stringify({ access_token: token }));
    });
    await ask(registry.host, await login(registry.host));
    expect(sends(service)).toEqual([basic]);
  });

  test('asked for once, however many manifests are wanted', async () => {
    const { registry, service } = await withTokens(tokens);
    const local = hereWith([app], {
      [`${registry.host}/demo/app:1`]: app,
      [`${registry.host}/demo/app@${manifest.digest}`]: app,
    });
    const context = contextWith(local, { registry: await login(registry.host) });
    expect((await openEvidence('docker://').evidence(context)).describedDigests).toHaveLength(2);
    expect(service.seen).toHaveLength(1);
  });

  test('traded for an identity token', async () => {
    const { registry, service } = await withTokens(tokens);
    const options = await configured({ auths: { [registry.host]: { identitytoken: 'refresh-me' } } });
    await ask(registry.host, options);
    expect(service.seen).toMatchObject([{ method: 'POST', authorization: undefined }]);
    expect(Object.fromEntries(new URLSearchParams(service.seen[0]?.body))).toEqual({
      scope: 'repository:demo/app:pull',
      service: 'reg "x"',
      grant_type: 'refresh_token',
      client_id: 'docker-refstore',
      refresh_token: 'refresh-me',
    });
  });

  test('of the registry itself', async () => {
    const { registry, service } = await withTokens(tokens);
    await ask(registry.host, await configured({ auths: { [registry.host]: { registrytoken: token } } }));
    expect(sends(registry)).toEqual([undefined, `Bearer ${token}`]);
    expect(service.seen).toEqual([]);
  });

  test.each<[string, Handler, string]>([
    ['refused', (_, response) => void response.writeHead(401).end(), 'gives no token (401)'],
    ['broken', (_, response) => void response.writeHead(418).end(), 'answered 418'],
    ['none', (_, response) => void response.end('{}'), 'answered without a token'],
    [
      'that is two headers',
      (_, response) => void response.end('{"token":"a\\r\\nX: y"}'),
      'answered without a token',
    ],
    ['not JSON', (_, response) => void response.end('x'), 'answered without a token'],
    [
      'without end',
      (_, response) => void response.end(Buffer.alloc(2 << 20, 'x')),
      'more than 1048576 bytes',
    ],
  ])('%s', async (_, handler, message) => {
    const { registry } = await withTokens(handler);
    const error = await failure(ask(registry.host, await login(registry.host)));
    expect(error.message).toContain(message);
  });

  test('that is refused at once: asked for again, once', async () => {
    const { registry, service } = await withTokens(
      (_request, response) => void response.end('{"token":"stale"}'),
    );
    await failure(ask(registry.host, await login(registry.host)));
    expect(sends(registry)).toEqual([undefined, 'Bearer stale']);
    expect(service.seen).toHaveLength(1);
  });

  test.each([
    [
      'that cannot prove who it is',
      'http://localhost:PORT/token',
      'cannot prove who it is: the credentials were not sent',
    ],
    ['that is none', 'ftp://x/', 'is no address of the web'],
    ['that is not told', '', 'is no address of the web'],
  ])('from a service %s', async (_, realm, message) => {
    const { registry, service } = await withTokens(tokens, realm);
    const error = await failure(ask(registry.host, await login(registry.host)));
    expect(error.message).toContain(message);
    expect(service.seen).toEqual([]);
  });

  test('a service on another host that cannot prove itself is still asked by who has nothing to hide', async () => {
    const { registry, service } = await withTokens(tokens, 'http://localhost:PORT/token');
    expect((await ask(registry.host, await login())).describedDigests).toHaveLength(1);
    expect(sends(service)).toEqual([undefined]);
  });

  test('a service that leads elsewhere: the credentials stay behind', async () => {
    const elsewhere = await serve(tokens);
    const { registry, service } = await withTokens((_request, response) => {
      response.writeHead(307, { location: `http://${elsewhere.host}/token` }).end();
    });
    await ask(registry.host, await login(registry.host));
    expect(sends(service)).toEqual([basic]);
    expect(sends(elsewhere)).toEqual([undefined]);
  });
});

describe('redirects', () => {
  const leadsTo =
    (location: string): Handler =>
    (_request, response, { authorization }) => {
      if (authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      else response.writeHead(307, { location }).end();
    };

  test('on the same host keep the credentials', async () => {
    const registry = await serve((request, response, seen) => {
      if (seen.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      else if (seen.url.startsWith('/v2/moved/')) {
        Object.assign(request, { url: seen.url.replace('/moved/', '/') });
        give(request, response, seen);
      } else response.writeHead(308, { location: seen.url.replace('/v2/', '/v2/moved/') }).end();
    });
    expect((await ask(registry.host, await login(registry.host))).describedDigests).toHaveLength(1);
    expect(sends(registry)).toEqual([undefined, basic, basic]);
  });

  test('to another host lose them, even if that is somebody we know', async () => {
    const elsewhere = await serve(give);
    const registry = await serve(leadsTo(`http://joe:secret@${elsewhere.host}/v2/demo/app/manifests/1`));
    expect(
      (await ask(registry.host, await login(registry.host, elsewhere.host))).describedDigests,
    ).toHaveLength(1);
    expect(sends(elsewhere)).toEqual([undefined]);
  });

  test('to another host that then asks for credentials: it gets none', async () => {
    const elsewhere = await serve(guarded(basic, 'Basic realm="x"'));
    const registry = await serve(leadsTo(`http://${elsewhere.host}/v2/demo/app/manifests/1`));
    const error = await failure(ask(registry.host, await login(registry.host, elsewhere.host)));
    expect(error.message).toContain('the host that it leads to does not give');
    expect(sends(elsewhere)).toEqual([undefined]);
    expect(sends(registry)).toEqual([undefined, basic]);
  });

  test('to another host that then names a token service: nobody is told who we are', async () => {
    const service = await serve((_request, response) => void response.end(JSON.stringify({ token })));
    const elsewhere = await serve(guarded('nobody', `Bearer realm="http://${service.host}/token"`));
    const registry = await serve((_request, response) => {
      response.writeHead(307, { location: `http://${elsewhere.host}/v2/demo/app/manifests/1` }).end();
    });
    await failure(ask(registry.host, await login(registry.host, elsewhere.host)));
    expect(service.seen).toEqual([]);
  });

  test('from TLS into the clear', async () => {
    const plain = await serve(give);
    const secure = await serve(leadsTo(`http://${plain.host}/v2/demo/app/manifests/1`), { tls: true });
    const error = await failure(ask(secure.host, await login(secure.host)));
    expect(error.message).toContain('it leads from HTTPS to plain HTTP');
    expect(plain.seen).toEqual([]);
  });

  test('there and back: they do not come back either', async () => {
    const back: { location?: string } = {};
    const elsewhere = await serve((_request, response) => void response.writeHead(302, back).end());
    const registry = await serve(leadsTo(`http://${elsewhere.host}/`));
    back.location = `http://${registry.host}/v2/demo/app/manifests/1`;
    await failure(ask(registry.host, await login(registry.host)));
    expect(sends(registry)).toEqual([undefined, basic, undefined]);
  });

  test.each([
    ['in a circle', '/v2/demo/app/manifests/1', 'more than 5 redirects'],
    ['to a file', 'file:///etc/passwd', 'no address of the web'],
    ['to nowhere', 'http://[', 'no address of the web'],
    ['to a host that may not be spoken to in the clear', 'http://192.0.2.1/x', 'it speaks only plain HTTP'],
  ])('%s', async (_, location, message) => {
    const registry = await serve((_request, response) => void response.writeHead(302, { location }).end());
    const error = await failure(ask(registry.host, await login(registry.host)));
    expect(error.message).toContain(message);
    expect(registry.seen.length).toBeLessThanOrEqual(6);
  });
});

describe('credential helpers', () => {
  /** A helper on the PATH, of this shell script, and what it was told. */
  async function helper(
    name: string,
    script: string,
  ): Promise<{ env: Record<string, string>; told: string }> {
    const folder = await temporaryFolder();
    const file = join(folder, `docker-credential-${name}`);
    const told = join(folder, 'told');
    await writeFile(file, `#!/bin/sh\n{ echo "$@"; cat; } > ${told}\n${script}\n`);
    await chmod(file, 0o755);
    return { env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` }, told };
  }
  const speaks = (username: string, secret: string) =>
    `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

  test('for one registry, for all others, and none where it knows of none', async () => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    const { env, told } = await helper('mine', speaks('joe', password));
    await ask(
      registry.host,
      await configured({ credHelpers: { [registry.host]: 'mine' }, credsStore: 'no' }, { env }),
    );
    await ask(registry.host, await configured({ credsStore: 'mine' }, { env }));
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(told, 'utf8')).toBe(`get\n${registry.host}`);
    const unknowing = await helper('mine', 'echo "credentials not found in native keychain"; exit 1');
    const options = await configured({ credsStore: 'mine' }, { env: unknowing.env });
    expect((await failure(ask(registry.host, options))).hint).toBe(`docker login ${registry.host}`);
  });

  test('with an identity token', async () => {
    const service = await serve((_request, response) => void response.end(JSON.stringify({ token })));
    const registry = await serve(guarded(`Bearer ${token}`, `Bearer realm="http://${service.host}/"`));
    const { env } = await helper('mine', speaks('<token>', 'refresh-me'));
    await ask(registry.host, await configured({ credsStore: 'mine' }, { env }));
    expect(new URLSearchParams(service.seen[0]?.body).get('refresh_token')).toBe('refresh-me');
  });

  test.each([
    [
      'that fails, and says too much',
      `echo "${password}"; echo "${password}" >&2; exit 3`,
      'it ended with status 3',
    ],
    ['that is not understood', `echo "${password}"`, 'its answer is not understood'],
    ['without end', `exec yes "${password}"`, 'it printed more than 65536 bytes'],
  ])('%s', async (_, script, message) => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    const { env } = await helper('mine', script);
    const error = await failure(ask(registry.host, await configured({ credsStore: 'mine' }, { env })));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toContain(message);
  });

  test.each([
    ['none', 'it is not installed'],
    ['../../bin/sh', 'this is no name of a helper'],
  ])('%s', async (name, message) => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    const error = await failure(ask(registry.host, await configured({ credsStore: name })));
    expect(error.message).toContain(message);
  });

  test('an abort ends it', async () => {
    const registry = await serve(guarded(basic, 'Basic realm="x"'));
    const { env } = await helper('mine', 'exec sleep 60');
    const options = await configured({ credsStore: 'mine' }, { env });
    const controller = new AbortController();
    const context = contextWith(hereWith([app]), { registry: options, signal: controller.signal });
    const asking = openEvidence(`docker://${registry.host}/app:1`).evidence(context);
    setTimeout(() => controller.abort(), 100);
    expect((await failure(asking)).code).toBe('ABORTED');
  });
});

test.each(['not JSON', '[]'])('a config.json that is %s', async (text) => {
  const registry = await serve(guarded(basic, 'Basic realm="x"'));
  const configDir = await writeFolder({ 'config.json': text });
  const error = await failure(ask(registry.host, { configDir, certsDir: '/nonexistent' }));
  expect(error).toMatchObject({
    code: 'READ_FAILED',
    hint: 'fix it, or name another folder in DOCKER_CONFIG',
  });
});

test('a challenge of a kind that is not known', async () => {
  const registry = await serve(guarded(basic, 'Negotiate'));
  const error = await failure(ask(registry.host, await login(registry.host)));
  expect(error.message).toContain('in a way that is not known here');
});
