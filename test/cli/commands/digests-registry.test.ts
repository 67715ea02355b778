import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { cli } from '../../support/cli.ts';

const type = 'application/vnd.oci.image.manifest.v1+json';
const config = '{}';
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: type,
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: sha256(config),
    size: 2,
  },
  layers: [],
});
const digest = sha256(manifest);

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

/** A registry that has one manifest and its config, under any name. */
async function mirror(asked: string[]): Promise<string> {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': type });
    const isConfig = request.url?.includes('/blobs/') === true;
    response.end(request.url === '/v2/' ? '' : isConfig ? config : manifest);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('--registry-mirror is asked for what is on Docker Hub, and the name stays that of Docker Hub', async () => {
  const asked: string[] = [];
  const url = await mirror(asked);
  const { status, stdout, stderr } = await cli([
    'digests',
    'export',
    '--from=docker://app:1.0',
    `--registry-mirror=${url}`,
    '--file=/nonexistent/repositories.json',
  ]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ digests: [{ reference: `app@${digest}` }] });
  expect(asked.some((path) => path.startsWith('/v2/library/app/manifests/1.0'))).toBe(true);
});

test('--insecure-registry and --registry-mirror are for sources, and are in the help of each command that has them', async () => {
  for (const command of [['digests', 'export'], ['digests', 'restore'], ['verify']]) {
    const { stdout } = await cli([...command, '--help']);
    expect(stdout).toContain('--insecure-registry HOST');
    expect(stdout).toContain('--registry-mirror URL');
  }
});
