import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { ManifestRegistry, type ServedRequest } from '../../src/live/manifest-registry.ts';
import type { KnownManifest } from '../../src/live/plan-live.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const known: KnownManifest = {
  digest,
  bytes: Buffer.from('{"a manifest":1}'),
  manifest: { kind: 'manifest', mediaType: 'application/x', config: '', layers: [] },
};

async function registry(names: readonly string[] = []) {
  const requests: ServedRequest[] = [];
  const manifests = new Map([['library/app', new Map([[digest, known]])]]);
  const made = await ManifestRegistry.listen(
    { address: '127.0.0.1', port: 0, names },
    { manifests, onRequest: (one) => requests.push(one) },
  );
  onTestFinished(() => made.close());
  return { made, requests };
}

function ask(port: number, path: string, { method = 'GET', host }: { method?: string; host?: string } = {}) {
  return new Promise<{ status: number; body: string; type: string | undefined }>((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => {
        body += text.toString();
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('answers what a daemon asks for a pull by digest', async () => {
  const { made } = await registry();
  expect(await ask(made.port, '/v2/')).toMatchObject({ status: 200 });
  const path = `/v2/library/app/manifests/${digest}?ns=docker.io`;
  expect(await ask(made.port, path)).toEqual({
    status: 200,
    body: '{"a manifest":1}',
    type: 'application/x',
  });
  expect(await ask(made.port, path, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

test.each([
  `/v2/library/app/blobs/${digest}`,
  `/v2/library/app/manifests/latest`,
  `/v2/library/app/manifests/sha256:${'e'.repeat(64)}`,
  `/v2/library/other/manifests/${digest}`,
  '/v2/_catalog',
  '/',
])('answers nothing else: %s', async (path) => {
  const { made, requests } = await registry();
  expect(await ask(made.port, path)).toMatchObject({ status: 404 });
  expect(requests).toMatchObject([{ status: 404, path }]);
});

test('answers to no other name, and takes nothing', async () => {
  const { made } = await registry(['registry.example']);
  const path = `/v2/library/app/manifests/${digest}`;
  expect(await ask(made.port, path, { host: 'registry.example' })).toMatchObject({ status: 200 });
  expect(await ask(made.port, path, { host: 'elsewhere.example' })).toMatchObject({ status: 404 });
  expect(await ask(made.port, path)).toMatchObject({ status: 404 });
  expect(await ask(made.port, path, { host: 'registry.example', method: 'PUT' })).toMatchObject({
    status: 404,
  });
});

test('a port that is taken is refused', async () => {
  const { made } = await registry();
  const again = ManifestRegistry.listen(
    { address: '127.0.0.1', port: made.port, names: [] },
    { manifests: new Map() },
  );
  await expect(again).rejects.toMatchObject({
    code: 'LIVE_REFUSED',
    message: expect.stringContaining('is taken'),
  });
});
