import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSocketActivated } from '../../src/engine/socket-activation.ts';
import { built } from '../support/built.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('tcp, no socket, and a socket of a process that is not systemd: nothing is started by a request', async () => {
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

test('a socket on which process 1 listens, and no dockerd, would start one', async () => {
  const path = join(await temporaryFolder(), 'docker.sock');
  const script = `
    import { createServer } from 'node:net';
    import { isSocketActivated } from ${JSON.stringify(built('engine/socket-activation.js'))};
    const server = createServer().listen(${JSON.stringify(path)}, async () => {
      const answers = [${JSON.stringify(path)}, ${JSON.stringify(`${path}.other`)}]
        .map((path) => isSocketActivated('unix://' + path));
      console.log(process.pid, ...(await Promise.all(answers)));
      server.close();
    });`;
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const ran = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', ...node], { encoding: 'utf8' });
  expect(ran).toMatchObject({ status: 0, stdout: '1 true false\n', stderr: '' });
});
