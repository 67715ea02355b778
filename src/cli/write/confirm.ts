import { RefstoreError } from '../../errors.ts';
import type { Context } from '../framework/command.ts';
import { UsageError } from '../framework/usage-error.ts';
import { InterruptedError } from '../interrupt.ts';
import type { AskOptions } from '../options/write-options.ts';

/**
 * Asks on a terminal whether the plan that was shown is to be carried out.
 * @throws UsageError without a terminal and without --yes
 * @throws RefstoreError ABORTED when the answer is not yes
 */
export async function confirm(options: AskOptions, context: Context): Promise<void> {
  if (options.yes) return;
  const { stdin, stderr } = context.streams;
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError(
      'nothing was changed: there is no terminal to ask on',
      'add --yes to go on without being asked, or --dry-run to see the plan only',
    );
  }
  const answer = await ask('Go on? [y/N] ', context);
  if (answer === undefined) throw new RefstoreError('ABORTED', 'nothing was changed: there was no answer');
  if (!/^y(?:es)?$/i.test(answer.trim())) {
    throw new RefstoreError('ABORTED', 'nothing was changed: the answer was no');
  }
}

/**
 * The line that is typed; undefined when the terminal is closed.
 * @throws InterruptedError at Ctrl-C
 */
async function ask(question: string, { streams, signal }: Context): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  const reader = createInterface({ input: streams.stdin, output: streams.stderr, terminal: true });
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    const stop = (): void => reader.close();
    signal?.addEventListener('abort', stop, { once: true });
    // A terminal that hangs up (a lost ssh session) fails to be read, now or later.
    streams.stdin.on('error', stop);
    reader.once('SIGINT', () => {
      reject(new InterruptedError('nothing was changed: interrupted', 'SIGINT'));
      stop();
    });
    reader.once('close', () => {
      signal?.removeEventListener('abort', stop);
      if (answer === undefined) streams.stderr.write('\n');
      resolve(answer);
    });
    reader.question(question, (line) => {
      answer = line;
      stop();
    });
  });
}
