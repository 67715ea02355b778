import { aborted } from './aborted.ts';

export interface MutexOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The error for a turn that did not come in time. */
  readonly onTimeout: () => Promise<Error>;
}

/** What setTimeout takes; anything longer, Infinity too, it would take for 1 ms. */
const maxTimerMs = 2 ** 31 - 1;

/** The last in each queue of this process. */
const queues = new Map<string, Promise<void>>();

/** Runs the work when all work that this process began earlier under the same name is done. */
export async function withMutex<T>(name: string, options: MutexOptions, work: () => Promise<T>): Promise<T> {
  const earlier = queues.get(name) ?? Promise.resolve();
  let done = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    done = resolve;
  });
  // Who gives up leaves the queue in order: the next one still waits for all who were before.
  const last = earlier.then(() => mine);
  queues.set(name, last);
  try {
    await turn(earlier, options);
    return await work();
  } finally {
    done();
    if (queues.get(name) === last) queues.delete(name);
  }
}

async function turn(earlier: Promise<void>, { timeoutMs, signal, onTimeout }: MutexOptions): Promise<void> {
  if (signal?.aborted) throw aborted(signal);
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const outcome = await Promise.race([
    earlier.then(() => 'turn' as const),
    new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), Math.min(timeoutMs, maxTimerMs));
    }),
    new Promise<'aborted'>((resolve) => {
      stop = () => resolve('aborted');
      signal?.addEventListener('abort', stop, { once: true });
    }),
  ]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  if (outcome === 'timeout') throw await onTimeout();
  if (outcome === 'aborted') throw aborted(signal);
}
