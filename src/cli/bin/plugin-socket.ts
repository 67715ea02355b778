import type { Interrupts } from './handle-interrupts.ts';

/** docker/cli v28.5.2 cli-plugins/socket/socket.go (EnvKey): where a plugin finds the docker CLI that runs it. */
export const socketVariable = 'DOCKER_CLI_PLUGIN_SOCKET';

/** A terminal gives Ctrl-C to us as well as to the docker CLI: the signal itself says more than the socket. */
const waitForSignalMs = 50;

/**
 * The docker CLI hands no signal on to a plugin. When it gets one, or ends, it closes the socket to which its plugins
 * are connected (docker/cli v28.5.2 cmd/docker/docker.go, tryPluginRun; docker/cli v28.5.2
 * cli-plugins/socket/socket.go, ConnectAndWait). It does not say which signal it was: we stop as at SIGTERM. Older ones have no socket.
 */
export async function listenToDocker(address: string | undefined, interrupts: Interrupts): Promise<void> {
  if (address === undefined || address === '') return;
  const { connect } = await import('node:net');
  // An abstract socket (unix(7)): Go writes its first byte as @.
  const socket = connect(address.startsWith('@') ? `\0${address.slice(1)}` : address);
  socket.unref();
  // Nobody listens there: as with a docker CLI that has no socket.
  socket.on('error', () => {});
  socket.once('end', () => {
    const timer = setTimeout(() => {
      if (!interrupts.signal.aborted) interrupts.interrupt('SIGTERM');
    }, waitForSignalMs);
    timer.unref();
  });
  socket.resume();
}
