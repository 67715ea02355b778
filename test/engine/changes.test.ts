import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../src/engine/connect.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: unknown;
}

/** A daemon with these answers, by method and path: a status, or a status and a body. */
async function daemonWith(answers: Readonly<Record<string, readonly [number, unknown?]>>) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const { method, url } = request;
      if (url !== '/_ping') asked.push({ method, url, body: text === '' ? undefined : JSON.parse(text) });
      const [status, body] = url === '/_ping' ? [200] : (answers[`${method} ${url}`] ?? [418]);
      response.writeHead(status, { 'Api-Version': '1.41', Server: 'Docker/20.10.24 (linux)' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  const socket = join(await temporaryFolder(), 'docker.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, engine: connectEngine({ host: `unix://${socket}`, env: {} }) };
}

const reference = `app@sha256:${'d'.repeat(64)}`;
const encoded = encodeURIComponent(reference);

describe('a container that is only created', () => {
  const create = 'POST /v1.41/containers/create';

  test('has no network and a command of its own, and gives its ID', async () => {
    const { engine, asked } = await daemonWith({ [create]: [201, { Id: 'c1', Warnings: [] }] });
    expect(await engine.createContainer({ image: reference, labels: { a: 'b' } })).toBe('c1');
    expect(asked).toEqual([
      {
        method: 'POST',
        url: '/v1.41/containers/create',
        body: {
          Image: reference,
          Cmd: ['refstore'],
          Labels: { a: 'b' },
          NetworkDisabled: true,
          HostConfig: { NetworkMode: 'none' },
        },
      },
    ]);
  });

  test.each([404, 500])('is none where the daemon answers %d, and the reason is told', async (status) => {
    const { engine } = await daemonWith({ [create]: [status, { message: 'failed to read config content' }] });
    const reasons: string[] = [];
    const onRefused = (reason: string) => void reasons.push(reason);
    expect(await engine.createContainer({ image: reference, labels: {}, onRefused })).toBeUndefined();
    expect(reasons).toEqual(['failed to read config content']);
  });

  test('an answer without an ID is no answer of a Docker daemon', async () => {
    const { engine } = await daemonWith({ [create]: [201, {}] });
    const error = await rejection(engine.createContainer({ image: reference, labels: {} }));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', reason: 'not-docker' });
  });

  test('is found by its label, and removed with its volumes; one that is gone is no failure', async () => {
    const filters = encodeURIComponent(JSON.stringify({ label: ['a'], status: ['created'] }));
    const { engine, asked } = await daemonWith({
      [`GET /v1.41/containers/json?all=1&filters=${filters}`]: [
        200,
        [{ Id: 'c1', Image: reference, Names: ['/x'] }],
      ],
      'DELETE /v1.41/containers/c1?v=1': [204],
      'DELETE /v1.41/containers/c2?v=1': [404, { message: 'No such container: c2' }],
      'DELETE /v1.41/containers/c3?v=1': [409, { message: 'it is running' }],
    });
    expect(await engine.createdContainers('a')).toEqual([{ id: 'c1', image: reference, names: ['x'] }]);
    await engine.removeContainer('c1');
    await engine.removeContainer('c2');
    expect(await rejection(engine.removeContainer('c3'))).toMatchObject({ status: 409 });
    expect(asked).toHaveLength(4);
  });
});

test('a name is taken from an image, or there was none; what the daemon refuses is thrown', async () => {
  const { engine } = await daemonWith({
    [`DELETE /v1.41/images/${encoded}`]: [200, [{ Untagged: reference }]],
    'DELETE /v1.41/images/gone%3A1': [404, { message: 'No such image: gone:1' }],
    'DELETE /v1.41/images/used%3A1': [409, { message: 'conflict: a container uses it' }],
  });
  expect(await engine.removeImage(reference)).toBe(true);
  expect(await engine.removeImage('gone:1')).toBe(false);
  expect(await rejection(engine.removeImage('used:1'))).toMatchObject({ code: 'ENGINE_FAILED', status: 409 });
});

test('an image has a history where the daemon can read its config', async () => {
  const { engine } = await daemonWith({
    [`GET /v1.41/images/${encoded}/history`]: [200, []],
    'GET /v1.41/images/broken%3A1/history': [404, { message: 'snapshot sha256:… does not exist' }],
  });
  expect(await engine.hasHistory(reference)).toBe(true);
  expect(await engine.hasHistory('broken:1')).toBe(false);
});

test('an inspected image tells its layers and platform; a digest without a name is none', async () => {
  const { engine } = await daemonWith({
    'GET /v1.41/images/app%3A1/json': [
      200,
      {
        Id: 'sha256:a',
        RepoTags: ['app:1'],
        RepoDigests: [`sha256:${'a'.repeat(64)}`],
        RootFS: { Type: 'layers', Layers: ['sha256:l1'] },
        Os: 'linux',
        Architecture: 'arm64',
        Variant: 'v8',
        Created: '2024-01-01T00:00:00Z',
      },
    ],
    'GET /v1.41/images/thin%3A1/json': [200, { Id: 'sha256:b', RepoTags: null, RootFS: {}, Os: '' }],
  });
  expect(await engine.inspectImage('app:1')).toEqual({
    id: 'sha256:a',
    tags: ['app:1'],
    digests: [],
    layers: ['sha256:l1'],
    platform: 'linux/arm64/v8',
    created: '2024-01-01T00:00:00Z',
  });
  expect(await engine.inspectImage('thin:1')).toEqual({ id: 'sha256:b', tags: [], digests: [] });
});
