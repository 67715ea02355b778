import { RefstoreError } from '../errors.ts';
import { exitStatus } from './framework/exit-status.ts';

/** Signals that ask a program to stop, with their numbers (signal(7); the same on Linux and macOS). */
export const interruptSignals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type InterruptSignal = keyof typeof interruptSignals;

/** What a shell expects of a program that a signal ended. */
export function statusOfSignal(name: InterruptSignal): number {
  return 128 + interruptSignals[name];
}

/** What a run is in the middle of, and finishes or undoes before it stops. */
export class CriticalSection {
  #step: string | undefined;

  /** What has to be done first, as in "SIGINT: starting Docker again, then stopping"; undefined: nothing. */
  get step(): string | undefined {
    return this.#step;
  }

  /** Runs the work, which says by `at` what an interrupt would have to wait for; undefined: for nothing. */
  async during<T>(work: (at: (step: string | undefined) => void) => Promise<T>): Promise<T> {
    try {
      return await work((step) => {
        this.#step = step;
      });
    } finally {
      this.#step = undefined;
    }
  }
}

/** The signal for which a run was aborted: the reason of the abort is its name. */
export function interruptSignalOf(signal: AbortSignal | undefined): InterruptSignal | undefined {
  const reason: unknown = signal?.aborted === true ? signal.reason : undefined;
  return typeof reason === 'string' && Object.hasOwn(interruptSignals, reason)
    ? (reason as InterruptSignal)
    : undefined;
}

/** What is said when a run is asked to stop. */
export function interruptMessage(signal: AbortSignal, { step }: CriticalSection): string {
  const who = interruptSignalOf(signal) ?? 'interrupted';
  return `${who}: ${step === undefined ? 'stopping' : `${step}, then stopping`}`;
}

/**
 * 128+n for a run that was interrupted by signal n, also where it was so far that it finished what it did. A status
 * that says that something is wrong with the store or the daemon counts more than how we were asked to stop.
 */
export function statusAfterInterrupt(status: number, signal: AbortSignal | undefined): number {
  const name = interruptSignalOf(signal);
  if (name === undefined || status === exitStatus.notWritten || status === exitStatus.notEffective)
    return status;
  return statusOfSignal(name);
}

/** Ctrl-C at a question: the terminal gives it to us as a key and sends no signal. */
export class InterruptedError extends RefstoreError {
  readonly signal: InterruptSignal;

  constructor(message: string, signal: InterruptSignal) {
    super('ABORTED', message, { details: { signal } });
    this.signal = signal;
  }
}
