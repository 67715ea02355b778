import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { built } from '../../support/built.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { idA, idB, oneTag } from '../../support/store.ts';

/** What the docker CLI does with a plugin: listens on an abstract socket, and closes it at a signal. */
async function likeDocker(daemon: FakeDaemon) {
  const name = `docker_cli_${process.pid}_${Math.random().toString(16).slice(2)}`;
  const connections: Socket[] = [];
  const server = createServer((socket) => connections.push(socket)).listen(`\0${name}`);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const plugin = spawn(
    process.execPath,
    [
      ...[
        built('bin/docker-refstore.js'),
        'refstore',
        '--data-root',
        daemon.dataRoot,
        '--verbose',
        'tag',
        '--yes',
      ],
      ...[idB, 'b:1', '--restart', '--manager=command'],
      ...[`--stop-command=${daemon.stopCommand}`, `--start-command=${daemon.startCommand}`],
    ],
    {
      env: { ...process.env, DOCKER_HOST: daemon.host, DOCKER_CLI_PLUGIN_SOCKET: `@${name}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stderr = '';
  plugin.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const stopping = new Promise<void>((resolve) => {
    plugin.stderr.on('data', () => /^stopping$/m.test(stderr) && resolve());
  });
  return {
    plugin,
    stopping,
    stderr: () => stderr,
    closeConnections: () => {
      for (const socket of connections) socket.end();
    },
  };
}

test('when the docker CLI closes the plugin socket while Docker is going down, Docker is started again: 143', async () => {
  const daemon = await FakeDaemon.start(oneTag, [idA, idB], { stopMs: 500 });
  const { plugin, stopping, stderr, closeConnections } = await likeDocker(daemon);
  await stopping;
  closeConnections();
  const [status] = await once(plugin, 'close');
  expect({ status, stderr: stderr() }).toMatchObject({
    status: 143,
    stderr: expect.stringMatching(/^SIGTERM: starting Docker again, then stopping$/m),
  });
  expect(await daemon.isUp()).toBe(true);
  expect(await daemon.content()).toBe(oneTag);
});

test('when the docker CLI kills the plugin, as at its third signal, Docker is started again all the same', async () => {
  const daemon = await FakeDaemon.start(oneTag, [idA, idB], { stopMs: 500 });
  const { plugin, stopping, closeConnections } = await likeDocker(daemon);
  await stopping;
  closeConnections();
  plugin.kill('SIGKILL');
  // The pipes stay open until the work is done.
  await once(plugin, 'close');
  expect(await daemon.isUp()).toBe(true);
  expect(await daemon.content()).toBe(oneTag);
});
