import type { RunOptions } from '../run.ts';

const oldestNode = [20, 19] as const;

/** Signals that ask us to stop, with the status that a shell expects of a program that a signal ended. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs the command line of this process. The status is set, not forced: what is still to be written is. */
export async function main(argv: readonly string[], options: RunOptions = {}): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    process.stderr.write(
      `${options.program ?? 'refstore'}: Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}\n`,
    );
    process.exitCode = 2;
    return;
  }
  // As Node says it of a program that waits for what never comes; the end of this function says better.
  process.exitCode = 13;
  // What the output missed because its reader went away (`| head`) is nobody's loss.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const abort = new AbortController();
  let signalled: number | undefined;
  for (const [name, status] of Object.entries(signals)) {
    process.once(name, () => {
      signalled = status;
      abort.abort();
    });
  }
  const [{ runRefstore }, { processContext }] = await Promise.all([
    import('../run.ts'),
    import('./process-context.ts'),
  ]);
  const { streams, env } = processContext();
  const status = await runRefstore(argv, streams, env, { ...options, signal: abort.signal });
  // A status that says what became of the store counts more than how we were asked to stop.
  process.exitCode = signalled !== undefined && (status === 3 || status === 130) ? signalled : status;
}
