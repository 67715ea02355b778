import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { connectEngine } from '../../src/engine/connect.ts';
import { resolveEndpoint } from '../../src/engine/endpoint.ts';
import { EngineError } from '../../src/engine/engine-error.ts';
import { errorFrom } from '../support/errors.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const idOf = (name: string) => createHash('sha256').update(name).digest('hex');

/** A ~/.docker with the context `far`, over TLS, and `near`, a socket. */
async function dockerConfig(current?: string): Promise<string> {
  const folder = await temporaryFolder();
  const meta = (name: string, docker: object) => JSON.stringify({ Name: name, Endpoints: { docker } });
  await lay(folder, {
    'config.json': JSON.stringify({
      auths: {},
      ...(current === undefined ? {} : { currentContext: current }),
    }),
    [`contexts/meta/${idOf('near')}/meta.json`]: meta('near', { Host: 'unix:///run/user/1000/docker.sock' }),
    [`contexts/meta/${idOf('far')}/meta.json`]: meta('far', { Host: 'tcp://far.example:2376' }),
    [`contexts/tls/${idOf('far')}/docker/ca.pem`]: 'CA',
    [`contexts/tls/${idOf('far')}/docker/cert.pem`]: 'CERT',
    [`contexts/tls/${idOf('far')}/docker/key.pem`]: 'KEY',
    [`contexts/meta/${idOf('shell')}/meta.json`]: meta('shell', { Host: 'ssh://root@far.example' }),
    [`contexts/meta/${idOf('kube')}/meta.json`]: JSON.stringify({ Name: 'kube', Endpoints: {} }),
    [`contexts/meta/${idOf('torn')}/meta.json`]: '{"Name":',
  });
  return folder;
}

const socket = { kind: 'unix', host: 'unix:///var/run/docker.sock', socketPath: '/var/run/docker.sock' };

describe('a host', () => {
  test.each([
    ['unix:///a/b.sock', { kind: 'unix', host: 'unix:///a/b.sock', socketPath: '/a/b.sock' }],
    ['unix://', socket],
    ['tcp://127.0.0.1:2375', { kind: 'tcp', hostname: '127.0.0.1', port: 2375, tls: undefined }],
    ['tcp://h', { kind: 'tcp', host: 'tcp://h:2375', hostname: 'h', port: 2375 }],
    ['tcp://h:99/', { kind: 'tcp', host: 'tcp://h:99', hostname: 'h', port: 99 }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: 'tcp://[::1]:2375', hostname: '::1', port: 2375 }],
    ['h:2375', { kind: 'tcp', hostname: 'h', port: 2375 }],
  ])('%s', (host, expected) => {
    expect(resolveEndpoint(host, { HOME: '/none' })).toMatchObject(expected);
  });

  test.each([
    ['ssh://root@h', 'ssh:// is not supported', 'run refstore on that host: it edits the files there'],
    ['npipe:////./pipe/docker_engine', 'npipe:// is not supported', 'use unix:///PATH or tcp://HOST:PORT'],
    ['http://h:2375', 'http:// is not supported', 'use unix:///PATH or tcp://HOST:PORT'],
    ['tcp://h:99999', 'not a daemon’s address', 'write unix:///PATH or tcp://HOST:PORT'],
    ['tcp://h:2375/base', 'not a daemon’s address', 'write unix:///PATH or tcp://HOST:PORT'],
    ['tcp://a b', 'not a daemon’s address', 'write unix:///PATH or tcp://HOST:PORT'],
  ])('%s is refused', (host, message, hint) => {
    const error = errorFrom(() => connectEngine({ host, env: {} }), EngineError);
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', reason: 'address' });
    expect(error.message).toContain(message);
    expect(error.hint).toBe(hint);
  });
});

describe('where the docker CLI would connect', () => {
  test('without anything: the usual socket', () => {
    expect(resolveEndpoint(undefined, { HOME: '/none' })).toEqual(socket);
    expect(resolveEndpoint(undefined, { HOME: '/none', DOCKER_HOST: '' })).toEqual(socket);
  });

  test('the current context of config.json', async () => {
    const home = { DOCKER_CONFIG: await dockerConfig('near') };
    expect(resolveEndpoint(undefined, home).host).toBe('unix:///run/user/1000/docker.sock');
  });

  test('DOCKER_CONTEXT before the current context, DOCKER_HOST before both, the host given before all', async () => {
    const env = { DOCKER_CONFIG: await dockerConfig('near'), DOCKER_CONTEXT: 'far' };
    expect(resolveEndpoint(undefined, env).host).toBe('tcp://far.example:2376');
    expect(resolveEndpoint(undefined, { ...env, DOCKER_HOST: 'tcp://h:1' }).host).toBe('tcp://h:1');
    expect(resolveEndpoint('tcp://i:2', { ...env, DOCKER_HOST: 'tcp://h:1' }).host).toBe('tcp://i:2');
  });

  test('the context default is the usual socket', async () => {
    const env = { DOCKER_CONFIG: await dockerConfig('near'), DOCKER_CONTEXT: 'default' };
    expect(resolveEndpoint(undefined, env)).toEqual(socket);
  });

  test('~/.docker without DOCKER_CONFIG', async () => {
    const home = await temporaryFolder();
    await lay(home, { '.docker/config.json': '{"currentContext":"gone"}' });
    const error = errorFrom(() => resolveEndpoint(undefined, { HOME: home }), EngineError);
    expect(error.message).toMatch(/^there is no docker context "gone": .*meta\.json does not exist$/);
    expect(error.hint).toContain('docker context ls');
  });

  test.each([
    ['shell', 'ssh:// is not supported'],
    ['kube', 'has no docker endpoint'],
    ['torn', 'is not JSON'],
  ])('the context %s is refused', async (name, message) => {
    const env = { DOCKER_CONFIG: await dockerConfig(name) };
    const error = errorFrom(() => resolveEndpoint(undefined, env), EngineError);
    expect(error.reason).toBe('address');
    expect(error.message).toContain(message);
  });

  test.each([
    ['is not JSON', { 'config.json': 'oops' }],
    ['it is not a regular file', { 'config.json/x': '' }],
  ])('a config.json that cannot be read is warned of, and done without: %s', async (why, files) => {
    const folder = await temporaryFolder();
    await lay(folder, files);
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    expect(resolveEndpoint(undefined, { DOCKER_CONFIG: folder }, warn)).toEqual(socket);
    expect(warnings).toEqual([expect.stringContaining(`${folder}/config.json`)]);
    expect(warnings[0]).toContain(why);
    // Its context was chosen otherwise: nobody asks the file.
    const env = { DOCKER_CONFIG: folder, DOCKER_HOST: 'tcp://h:1' };
    expect(resolveEndpoint(undefined, env, warn).host).toBe('tcp://h:1');
    expect(warnings).toHaveLength(1);
  });
});

describe('TLS', () => {
  test('of a context', async () => {
    const env = { DOCKER_CONFIG: await dockerConfig('far') };
    expect(resolveEndpoint(undefined, env)).toMatchObject({
      port: 2376,
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true },
    });
  });

  test('DOCKER_TLS_VERIFY with DOCKER_CERT_PATH', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { 'ca.pem': 'CA' });
    const env = { HOME: '/none', DOCKER_HOST: 'tcp://h', DOCKER_CERT_PATH: folder };
    expect(resolveEndpoint(undefined, { ...env, DOCKER_TLS_VERIFY: '1' })).toMatchObject({
      port: 2376,
      tls: { ca: 'CA', cert: undefined, rejectUnauthorized: true },
    });
    expect(resolveEndpoint(undefined, { ...env, DOCKER_TLS: '1' })).toMatchObject({
      tls: { rejectUnauthorized: false },
    });
    expect(resolveEndpoint(undefined, env)).toMatchObject({ port: 2375, tls: undefined });
  });

  test('a certificate without its key is refused', async () => {
    const folder = await temporaryFolder();
    await lay(folder, { 'cert.pem': 'CERT' });
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
    const error = errorFrom(() => resolveEndpoint(undefined, env), EngineError);
    expect(error.message).toContain(`key.pem is missing in ${folder}`);
  });
});
