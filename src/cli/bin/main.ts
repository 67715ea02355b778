import type { RunOptions } from '../framework/command.ts';
import { CriticalSection, type InterruptSignal, statusOfSignal } from '../interrupt.ts';

import { handleInterrupts, type Interrupts } from './handle-interrupts.ts';
import { closeLostTerminals } from './lost-terminal.ts';

const oldestNode = [20, 19] as const;

export interface MainOptions extends Pick<RunOptions, 'program'> {
  /** What else than a signal may interrupt the run. */
  readonly listen?: (interrupts: Interrupts) => void;
}

/** Runs the command line of this process. The status is set, not forced: what is still to be written is. */
export async function main(argv: readonly string[], { listen, program }: MainOptions = {}): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    process.stderr.write(
      `${program ?? 'refstore'}: Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}\n`,
    );
    process.exitCode = 2;
    return;
  }
  // As Node says it of a program that waits for what never comes; the end of this function says better.
  process.exitCode = 13;
  // What the output missed because its reader went away (`| head`, a lost ssh session) is nobody's loss.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  closeLostTerminals();
  const critical = new CriticalSection();
  const interrupts = handleInterrupts((name: InterruptSignal) => {
    // Who asks twice does not want to wait; while Docker is down there is no other way.
    if (critical.step === undefined) process.exit(statusOfSignal(name));
  });
  listen?.(interrupts);
  const [{ runRefstore }, { processContext }] = await Promise.all([
    import('../run.ts'),
    import('./process-context.ts'),
  ]);
  const { streams, env } = processContext();
  const { signal } = interrupts;
  process.exitCode = await runRefstore(argv, streams, env, { program, signal, critical });
}
