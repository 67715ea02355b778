import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSocketActivated } from '../../src/engine/socket-activation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('tcp, no socket, and a socket on which a daemon itself listens', async () => {
  const path = join(await temporaryFolder(), 'docker.sock');
  expect(await isSocketActivated('tcp://127.0.0.1:2375')).toBe(false);
  expect(await isSocketActivated(`unix://${path}`)).toBe(false);
  const connections: unknown[] = [];
  const server = createServer((socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  expect(await isSocketActivated(`unix://${path}`)).toBe(false);
  expect(connections).toEqual([]);
});
